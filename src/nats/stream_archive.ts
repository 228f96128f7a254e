/**
 * Whole streams out of the server and in again, by JetStream's own snapshot protocol: the archives are those of
 * `nats stream backup`. The client library lacks it. Source: `JSApiStreamSnapshotT` and `JSApiStreamRestoreT` of
 * nats-server, and the nats CLI's way with them.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import { createInbox, type NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { INBOX_PREFIX } from "./connect.ts";

/** The server gathers the stream's state before it answers. */
const REQUEST_TIMEOUT_MS = 30_000;
/** The server gives up after 5 s without a word from us, and so do we, later, without one from it. */
const STALL_TIMEOUT_MS = 30_000;
/** Behind the last chunk the server builds its index, or replicates all of it, before it answers. */
const RESTORE_TIMEOUT_MS = 3_600_000;

const StreamState = z.looseObject({
  messages: z.int(),
  bytes: z.int(),
  first_seq: z.int(),
  last_seq: z.int(),
});

/** What the server needs beside the archive to make the stream again; `backup.json` of the nats CLI. */
export const ArchivedStream = z.object({
  config: z.looseObject({
    name: z.string(),
    subjects: z.array(z.string()).default([]),
    num_replicas: z.int(),
  }),
  /** As the archive holds it at least: older servers add what was stored meanwhile. */
  state: StreamState,
});
/** See {@linkcode ArchivedStream}. */
export type ArchivedStream = z.infer<typeof ArchivedStream>;

const Failure = z.object({ error: z.object({ err_code: z.int(), description: z.string() }) });
const RestoreStarted = z.object({ deliver_subject: z.string() });
const Restored = z.object({ state: StreamState });

/** The server could not write the stream's archive, or not take it; the message has its words. */
export class ArchiveFailed extends Error {
  /** Tells this class apart in logs. */
  override name = "ArchiveFailed";
}

/**
 * Asks the stream's leader for an archive and hands its chunks on in their order; the next ones wait for `write`.
 *
 * @throws {ArchiveFailed}
 */
export async function archiveStream(
  nc: NatsConnection,
  streamName: string,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<ArchivedStream> {
  const inbox = createInbox(INBOX_PREFIX);
  const chunks = nc.subscribe(inbox);
  const stalled = setTimeout(() => chunks.unsubscribe(), STALL_TIMEOUT_MS);
  try {
    const archived = await ask(nc, `$JS.API.STREAM.SNAPSHOT.${streamName}`, ArchivedStream, {
      deliver_subject: inbox,
      no_consumers: true,
    });
    for await (const chunk of chunks) {
      stalled.refresh();
      if (chunk.data.length === 0) {
        const { hasError = false, status } = chunk.headers ?? {};
        if (hasError) throw new ArchiveFailed(`The server broke off: ${status}`);
        return archived;
      }
      await write(chunk.data);
      // The server has only so many chunks under way that nobody acknowledged.
      if (chunk.reply) chunk.respond();
    }
    throw new ArchiveFailed("The server fell silent amid the archive");
  } finally {
    clearTimeout(stalled);
    chunks.unsubscribe();
  }
}

/**
 * Makes a stream out of its archive, with every message at its old sequence, and resolves to its state.
 *
 * @throws {ArchiveFailed} and then there may be a stream with a part of the messages
 */
export async function restoreStream(
  nc: NatsConnection,
  stream: ArchivedStream,
  archive: AsyncIterable<Uint8Array>,
): Promise<z.infer<typeof StreamState>> {
  const subject = `$JS.API.STREAM.RESTORE.${stream.config.name}`;
  const { deliver_subject } = await ask(nc, subject, RestoreStarted, stream);
  for await (const chunk of archive) {
    const answer = await nc.request(deliver_subject, chunk, { timeout: STALL_TIMEOUT_MS });
    // An empty answer asks for more.
    if (answer.data.length > 0) read(answer.string(), z.never());
  }
  const end = await nc.request(deliver_subject, "", { timeout: RESTORE_TIMEOUT_MS });
  return read(end.string(), Restored).state;
}

async function ask<T>(
  nc: NatsConnection,
  subject: string,
  schema: z.ZodType<T>,
  request: unknown,
): Promise<T> {
  const options = { timeout: REQUEST_TIMEOUT_MS };
  return read((await nc.request(subject, JSON.stringify(request), options)).string(), schema);
}

function read<T>(answer: string, schema: z.ZodType<T>): T {
  const json = JSON.parse(answer);
  const { data: failure } = Failure.safeParse(json);
  if (failure === undefined) return schema.parse(json);
  const { err_code: code, description } = failure.error;
  throw new ArchiveFailed(`The server says: ${description} (error ${code})`);
}
