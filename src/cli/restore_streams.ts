/**
 * The steps of `person-service restore`, each on one stream.
 *
 * @module
 */
import { jetstream, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { bucketInfo } from "../nats/snapshot_store.ts";
import { type ArchivedStream, restoreStream } from "../nats/stream_archive.ts";
import { readContent } from "../nats/stream_content.ts";
import { findByName } from "../nats/stream_lookup.ts";
import { snapshotBucketOf } from "../nats/subjects.ts";
import { type BackedUpStream, readArchive } from "./backup_folder.ts";
import { inMiB, progressOf } from "./progress.ts";

/** A stream as the backup lists it, and as the server is to make it. */
export type Part = { backedUp: BackedUpStream; stream: ArchivedStream };

/** Nothing, or not all, was restored; the message says why and what to do. */
export class RestoreFailed extends Error {
  /** Tells this class apart in logs. */
  override name = "RestoreFailed";
}

/** What is to be done with a stream of the backup: make it, in place of an empty one if that is there, or leave it. */
export type Plan = { part: Part; action: "make" | "replace" | "keep"; messagesThere: number };

/**
 * Decides what to do with each stream. That of the events is never restored over; one beside it that holds something
 * is kept, for what was acknowledged there may be nowhere else. One that never held a message can be replaced, and so
 * is what an earlier restore left behind that was broken off.
 *
 * @param parts that of the events first
 * @throws {RestoreFailed}
 */
export async function planRestore(
  jsm: JetStreamManager,
  parts: Part[],
  { replaceEmpty }: { replaceEmpty: boolean },
): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const [index, part] of parts.entries()) {
    const { name, last_sequence: lastInBackup } = part.backedUp;
    const info = await findByName(jsm, name);
    if (info === null) {
      plans.push({ part, action: "make", messagesThere: 0 });
      continue;
    }
    const { messages: messagesThere, last_seq: lastSequence } = info.state;
    const isLeftBehind = String(info.config.subjects) === subjectDuringRestore(name);
    const isEvents = index === 0;
    if (!isLeftBehind && isEvents && lastSequence > 0) {
      throw new RestoreFailed(
        `Stream "${name}" is there, with ${messagesThere} messages up to sequence ${lastSequence}. If the backup is to take its place: stop all instances, back it up as well, remove it (nats stream rm ${name}), and restore again`,
      );
    }
    if (!isLeftBehind && !isEvents && (lastSequence > 0 || lastInBackup === 0)) {
      plans.push({ part, action: "keep", messagesThere });
      continue;
    }
    if (!isLeftBehind && !replaceEmpty) {
      throw new RestoreFailed(
        `Stream "${name}" is there, but never held a message: an instance made it anew. Stop all instances and add --replace-empty`,
      );
    }
    plans.push({ part, action: "replace", messagesThere });
  }
  return plans;
}

/** Empties the bucket of a stream's snapshots: they only save time, and may be ahead of the backup. */
export async function clearSnapshots(
  nc: NatsConnection,
  jsm: JetStreamManager,
  streamName: string,
): Promise<void> {
  const bucket = snapshotBucketOf(streamName);
  if (await bucketInfo(jetstream(nc, { checkAPI: false }), bucket) === null) return;
  await jsm.streams.purge(`KV_${bucket}`);
}

/**
 * Restores one stream, then reads it to see that all is as it was. It has a subject of its own meanwhile, for the
 * server leaves a stream behind when it is interrupted, and nobody may take half of it for the whole.
 *
 * @throws {RestoreFailed} when it is not
 * @throws {ArchiveFailed} when the server does not take it
 */
export async function restorePart(
  nc: NatsConnection,
  jsm: JetStreamManager,
  { backedUp, stream }: Part,
  folder: string,
): Promise<void> {
  const { name, archive_bytes, messages, last_sequence: lastSequence, content_sha256 } = backedUp;
  const progress = progressOf(`stream "${name}"`);
  const sent = (bytes: number) => progress(`${inMiB(bytes)} of ${inMiB(archive_bytes)} sent`);
  const archive = reporting(await readArchive(folder, name), sent);
  const config = { ...stream.config, subjects: [subjectDuringRestore(name)] };
  const state = await restoreStream(nc, { ...stream, config }, archive);
  if (content_sha256 === null) return;
  const read = (sequence: number) =>
    progress(`checksum of ${sequence} of ${state.last_seq} events`);
  const { sha256 } = await readContent(jsm, name, { messages, lastSequence }, read);
  if (sha256 !== content_sha256) {
    throw new RestoreFailed(
      `The content of stream "${name}" has the SHA-256 ${sha256}, not ${content_sha256}: the stream was not put into use, and the next restore removes it. Try another backup`,
    );
  }
  // Servers before 2.15 also archive what is stored meanwhile: that has to be there as far as they say.
  if (state.last_seq > lastSequence) {
    const whole = { messages: state.messages, lastSequence: state.last_seq };
    await readContent(jsm, name, whole, read);
  }
}

/** Gives a restored stream its own subjects. */
export async function putIntoUse(jsm: JetStreamManager, { stream }: Part): Promise<void> {
  const { name, subjects } = stream.config;
  const { config } = await jsm.streams.info(name);
  await jsm.streams.update(name, { ...config, subjects });
}

/** The service refuses to serve on a stream with another subject than its own. */
function subjectDuringRestore(name: string): string {
  return `_RESTORING.${name}`;
}

async function* reporting(
  chunks: AsyncIterable<Uint8Array>,
  report: (bytesSoFar: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    report(bytes);
  }
}
