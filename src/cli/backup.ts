/**
 * `person-service backup`: copies the service's streams into a folder.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { parseArgs } from "node:util";
import { describeBuild } from "../build.ts";
import { type Config, loadConfig } from "../config.ts";
import { ArchiveFailed, archiveStream } from "../nats/stream_archive.ts";
import { ContentMissing, readContent } from "../nats/stream_content.ts";
import { findByName, findBySubject } from "../nats/stream_lookup.ts";
import { streamsBeside, subjectsOf } from "../nats/subjects.ts";
import { absolutePath, checkArguments, GLOBAL_OPTIONS, UsageError } from "./arguments.ts";
import { type BackedUpStream, type Backup, BadBackup, NewBackup } from "./backup_folder.ts";
import { withDevServer } from "./dev_server.ts";
import { inMiB, progressOf } from "./progress.ts";
import { withJetStream } from "./with_jetstream.ts";

const OPTIONS = {
  ...GLOBAL_OPTIONS,
  "dry-run": { type: "boolean", default: false },
  "json": { type: "boolean", default: false },
} as const;

const EXPECTED_FAILURES = [ArchiveFailed, BadBackup, ContentMissing];

/** A merge is stored within milliseconds, so that no two archives in a row end inside of one. */
const TRIES_FOR_WHOLE_MERGES = 5;

/**
 * Runs the command with its arguments and resolves to its exit status.
 *
 * @throws {UsageError} for arguments that can't be understood
 * @throws {ConfigError} for a wrong setting
 * @throws {Unanswered} where NATS or JetStream can't be reached
 * @throws {StartupRefused} for a permission that this login lacks
 */
export async function backUp(
  args: string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  checkArguments(args, OPTIONS, 1);
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (positionals[0] === undefined) throw new UsageError("Name the folder to make");
  const folder = absolutePath(positionals[0]);
  const config = loadConfig(await withDevServer(env));
  try {
    return await withJetStream(config, "person-service backup", async (nc, jsm) => {
      const [events, ...beside] = await findStreams(jsm, config);
      await using unfinished = await NewBackup.begin(folder);
      if (values["dry-run"]) {
        console.log(describePlan([events, ...beside], folder, values.json));
        return 0;
      }
      const streams: BackedUpStream[] = [];
      for (const info of beside) streams.push(await backUpStream(nc, info, unfinished));
      // Last, so that whatever the others tell to be done is in it.
      streams.unshift(await backUpEvents(nc, jsm, events, unfinished));
      const backup: Backup = {
        format: 1,
        created_at: new Date().toISOString(),
        made_by: describeBuild(),
        server_version: nc.info?.version ?? "unknown",
        streams,
      };
      await unfinished.finish(backup);
      console.log(values.json ? JSON.stringify(backup, null, 2) : describe(backup, folder));
      return 0;
    });
  } catch (error) {
    if (!EXPECTED_FAILURES.some((each) => error instanceof each)) throw error;
    console.error(`No backup was made: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

/** The stream of the events, then those beside it. */
async function findStreams(
  jsm: JetStreamManager,
  config: Config,
): Promise<[StreamInfo, ...StreamInfo[]]> {
  const events = await findByName(jsm, config.streamName) ??
    await findBySubject(jsm, subjectsOf(config.subjectPrefix), config);
  if (events === null) {
    throw new BadBackup(`There is no stream "${config.streamName}" to back up`);
  }
  const { name, allow_direct } = events.config;
  if (allow_direct !== true) {
    throw new BadBackup(
      `Stream "${name}" does not let its events be read for the checksum: nats stream edit ${name} --allow-direct`,
    );
  }
  const beside = streamsBeside(events.config.name).map((name) => findByName(jsm, name));
  return [events, ...(await Promise.all(beside)).filter((info) => info !== null)];
}

async function backUpStream(
  nc: NatsConnection,
  { config: { name } }: StreamInfo,
  backup: NewBackup,
): Promise<BackedUpStream> {
  const progress = progressOf(`stream "${name}"`);
  let received = 0;
  const { stream, bytes, sha256 } = await backup.add(
    name,
    (write) =>
      archiveStream(nc, name, async (chunk) => {
        await write(chunk);
        received += chunk.length;
        progress(`${inMiB(received)} written`);
      }),
  );
  return {
    name,
    messages: stream.state.messages,
    last_sequence: stream.state.last_seq,
    archive_bytes: bytes,
    archive_sha256: sha256,
    content_sha256: null,
  };
}

async function backUpEvents(
  nc: NatsConnection,
  jsm: JetStreamManager,
  info: StreamInfo,
  backup: NewBackup,
): Promise<BackedUpStream> {
  const progress = progressOf(`stream "${info.config.name}"`);
  for (let tries = 1; tries <= TRIES_FOR_WHOLE_MERGES; tries++) {
    const archived = await backUpStream(nc, info, backup);
    const { messages, last_sequence: lastSequence } = archived;
    // What is stored stays as it is, so that it can be read afterwards.
    const content = await readContent(
      jsm,
      archived.name,
      { messages, lastSequence },
      (sequence) => progress(`checksum of ${sequence} of ${lastSequence} events`),
    );
    if (!content.endsInsideMerge) return { ...archived, content_sha256: content.sha256 };
  }
  throw new ArchiveFailed("Each archive ends between the two events of a merge; try again");
}

function describePlan(streams: StreamInfo[], folder: string, json: boolean): string {
  const plan = streams.map(({ config: { name }, state }) => ({
    name,
    messages: state.messages,
    last_sequence: state.last_seq,
    bytes: state.bytes,
  }));
  if (json) return JSON.stringify({ dry_run: true, streams: plan }, null, 2);
  return [
    ...plan.map(({ name, messages, last_sequence, bytes }) =>
      `stream "${name}": ${messages} messages up to sequence ${last_sequence}, ${inMiB(bytes)}`
    ),
    `would be backed up to "${folder}"`,
  ].join("\n");
}

function describe({ streams }: Backup, folder: string): string {
  return [
    ...streams.map((stream) =>
      [
        `stream "${stream.name}": ${stream.messages} messages up to sequence ${stream.last_sequence}`,
        `  archive  ${inMiB(stream.archive_bytes)}, sha256 ${stream.archive_sha256}`,
        ...(stream.content_sha256 === null ? [] : [`  content  sha256 ${stream.content_sha256}`]),
      ].join("\n")
    ),
    `backed up to "${folder}"`,
  ].join("\n");
}
