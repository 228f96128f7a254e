/**
 * A stream backed up while it is written to, and put back, as `nats stream backup` and `restore` do.
 *
 * @module
 */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { until } from "../support/until.ts";

const ANSWER_MS = 60_000;
const CHUNK_BYTES = 128 * 1024;

/** A stream as it was at some time. */
export type Backup = { name: string; head: SnapshotHead; chunks: Uint8Array[] };

const SnapshotHead = z.object({
  config: z.record(z.string(), z.unknown()),
  state: z.looseObject({ last_seq: z.int() }),
});
type SnapshotHead = z.infer<typeof SnapshotHead>;
const RestoreHead = z.object({ deliver_subject: z.string() });

/** Takes a backup. Source of the protocol: NATS ADR-... */
export async function backUp(nc: NatsConnection, name: string): Promise<Backup> {
  const deliver_subject = `_INBOX.backup.${crypto.randomUUID()}`;
  const chunks: Uint8Array[] = [];
  const ended = Promise.withResolvers<void>();
  const subscription = nc.subscribe(deliver_subject, {
    callback: (error, message) => {
      if (error !== null) ended.reject(error);
      else if (message.data.length === 0) ended.resolve();
      else {
        chunks.push(message.data.slice());
        // The server sends no more than a window before it is told.
        message.respond();
      }
    },
  });
  const head = SnapshotHead.parse(
    await ask(nc, `STREAM.SNAPSHOT.${name}`, { deliver_subject, chunk_size: CHUNK_BYTES }),
  );
  await ended.promise.finally(() => subscription.unsubscribe());
  return { name, head, chunks };
}

/** Puts the backup in the place of the stream. */
export async function restore(
  nc: NatsConnection,
  jsm: JetStreamManager,
  { name, head, chunks }: Backup,
): Promise<StreamInfo> {
  await jsm.streams.delete(name);
  // The server removes files after it has answered, and can't make a store of that name meanwhile.
  const { deliver_subject } = await until(
    "the stream can be restored",
    async () => RestoreHead.parse(await ask(nc, `STREAM.RESTORE.${name}`, head)),
  );
  for (const chunk of chunks) await nc.request(deliver_subject, chunk, { timeout: ANSWER_MS });
  refuseError(await nc.request(deliver_subject, "", { timeout: ANSWER_MS }));
  return await jsm.streams.info(name);
}

async function ask(nc: NatsConnection, what: string, request: unknown): Promise<unknown> {
  const options = { timeout: ANSWER_MS };
  return refuseError(await nc.request(`$JS.API.${what}`, JSON.stringify(request), options));
}

function refuseError(message: Msg): unknown {
  const answer = message.json<unknown>();
  const isError = typeof answer === "object" && answer !== null && "error" in answer;
  if (isError) throw new Error(JSON.stringify(answer.error));
  return answer;
}
