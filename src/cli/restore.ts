/**
 * `person-service restore`: makes the service's streams again out of a backup.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { parseArgs } from "node:util";
import { type Config, loadConfig } from "../config.ts";
import { wholeNumber } from "../config_readers.ts";
import { refuseServer } from "../nats/server_requirements.ts";
import { ArchiveFailed } from "../nats/stream_archive.ts";
import { ContentMissing } from "../nats/stream_content.ts";
import { subjectsOf } from "../nats/subjects.ts";
import { absolutePath, checkArguments, GLOBAL_OPTIONS, UsageError } from "./arguments.ts";
import { BadBackup, openBackup, readDescription } from "./backup_folder.ts";
import { withDevServer } from "./dev_server.ts";
import { versionsOn } from "./instances.ts";
import {
  clearSnapshots,
  type Part,
  type Plan,
  planRestore,
  putIntoUse,
  RestoreFailed,
  restorePart,
} from "./restore_streams.ts";
import { withJetStream } from "./with_jetstream.ts";

const OPTIONS = {
  ...GLOBAL_OPTIONS,
  "dry-run": { type: "boolean", default: false },
  "json": { type: "boolean", default: false },
  "replace-empty": { type: "boolean", default: false },
  "replicas": { type: "string" },
  "while-serving": { type: "boolean", default: false },
} as const;

const EXPECTED_FAILURES = [ArchiveFailed, BadBackup, ContentMissing, RestoreFailed];

/**
 * Runs the command with its arguments and resolves to its exit status.
 *
 * @throws {UsageError} for arguments that can't be understood
 * @throws {ConfigError} for a wrong setting
 * @throws {Unanswered} where NATS or JetStream can't be reached
 * @throws {StartupRefused} for a permission that this login lacks, or a server that is too old
 */
export async function restore(
  args: string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  checkArguments(args, OPTIONS, 1);
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (positionals[0] === undefined) throw new UsageError("Name the folder of the backup");
  const folder = absolutePath(positionals[0]);
  const replicas = values.replicas === undefined ? undefined : readReplicas(values.replicas);
  const config = loadConfig(await withDevServer(env));
  const { "dry-run": dryRun, "replace-empty": replaceEmpty, json } = values;
  const { "while-serving": whileServing } = values;
  try {
    const parts = await readParts(config, folder, replicas);
    return await withJetStream(config, "person-service restore", async (nc, jsm) => {
      refuseServer(nc.info);
      const plans = await planRestore(jsm, parts, { replaceEmpty });
      if (!dryRun) {
        if (!whileServing) await refuseInstances(nc, config);
        await carryOut(nc, jsm, plans, folder);
      }
      console.log(json ? asJson(plans, dryRun) : asText(plans, dryRun));
      if (!dryRun && !json) console.log(nextStep(whileServing ? "restart" : "start"));
      return 0;
    });
  } catch (error) {
    if (!EXPECTED_FAILURES.some((each) => error instanceof each)) throw error;
    console.error(`Not restored: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

function readReplicas(text: string): number {
  const read = wholeNumber(1, 5).safeParse(text);
  if (read.success) return read.data;
  throw new UsageError(`Option "--replicas": ${read.error.issues[0]?.message}`);
}

/** Checks all that can be checked before anything is changed. */
async function readParts(
  config: Config,
  folder: string,
  replicas: number | undefined,
): Promise<Part[]> {
  const backup = await openBackup(folder);
  const [events] = backup.streams;
  if (!config.streamNameIsDefault && events?.name !== config.streamName) {
    throw new RestoreFailed(
      `The backup is of stream "${events?.name}", but STREAM_NAME is "${config.streamName}"; set STREAM_NAME=${events?.name}`,
    );
  }
  const parts = await Promise.all(backup.streams.map(async (backedUp) => {
    const { config, state } = await readDescription(folder, backedUp.name);
    const num_replicas = replicas ?? config.num_replicas;
    return { backedUp, stream: { config: { ...config, num_replicas }, state } };
  }));
  const subject = subjectsOf(config.subjectPrefix).events;
  const found = JSON.stringify(parts[0]?.stream.config.subjects);
  if (found === JSON.stringify([subject])) return parts;
  throw new RestoreFailed(
    `The backup's stream holds ${found}, but SUBJECT_PREFIX is "${config.subjectPrefix}", which stands for "${subject}"; set the one that belongs to it`,
  );
}

/** @throws {RestoreFailed} when one runs: from its memory it acknowledges what the backup does not have */
async function refuseInstances(nc: NatsConnection, config: Config): Promise<void> {
  const { commands } = subjectsOf(config.subjectPrefix);
  const { length: running } = await versionsOn(nc, commands);
  if (running === 0) return;
  throw new RestoreFailed(
    `Instances of the service answer on "${commands}" (${running}): stop all of them first, for one that runs acknowledges what the backup does not have (or add --while-serving, and restart them right after)`,
  );
}

async function carryOut(
  nc: NatsConnection,
  jsm: JetStreamManager,
  plans: Plan[],
  folder: string,
): Promise<void> {
  for (const { part: { backedUp }, action } of plans) {
    if (action === "replace") await jsm.streams.delete(backedUp.name);
  }
  await clearSnapshots(nc, jsm, plans[0]?.part.backedUp.name ?? "");
  const restored = plans.filter(({ action }) => action !== "keep").map(({ part }) => part);
  for (const part of restored) await restorePart(nc, jsm, part, folder);
  for (const part of restored) await putIntoUse(jsm, part);
}

function asJson(plans: Plan[], dryRun: boolean): string {
  const ofAction = (isKept: boolean) =>
    plans.filter(({ action }) => (action === "keep") === isKept).map(({ part }) => part.backedUp);
  const kept = ofAction(true).map(({ name }) => name);
  return JSON.stringify(
    { ...(dryRun && { dry_run: true }), streams: ofAction(false), kept },
    null,
    2,
  );
}

function asText(plans: Plan[], dryRun: boolean): string {
  const outcome = dryRun ? "would be restored" : "restored, and as it was backed up";
  return plans.map(({ part, action, messagesThere }) => {
    const { name, messages, last_sequence } = part.backedUp;
    if (action === "keep") {
      const kept = dryRun ? "would be kept" : "kept";
      return `stream "${name}": is there with ${messagesThere} messages, ${kept} as it is`;
    }
    return `stream "${name}": ${messages} messages up to sequence ${last_sequence} ${outcome}`;
  }).join("\n");
}

function nextStep(verb: "start" | "restart"): string {
  return `Now ${verb} all instances: systemctl ${verb} cim-domain-person`;
}
