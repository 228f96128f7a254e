/**
 * What is stored at the end of a run.
 *
 * @module
 */
import { gunzipSync } from "node:zlib";
import { jetstream, type JetStreamManager, type StoredMsg } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { eachOf } from "../support/callers.ts";
import { until } from "../support/until.ts";
import { readBatch } from "../../src/nats/batch_reader.ts";
import { durableStreamsOf, snapshotBucketOf, subjectsOf } from "../../src/nats/subjects.ts";
import type { Message, SnapshotEntry } from "./history.ts";
import { PATIENCE_MS, STREAM } from "./system.ts";

const SUBJECTS = subjectsOf("person");
const DURABLE = durableStreamsOf(STREAM);

/** What a replica adds to a message that it answers with. Source: NATS ADR-31. */
const OF_THE_ANSWER = new Set([
  "Nats-Last-Sequence",
  "Nats-Num-Pending",
  "Nats-Sequence",
  "Nats-Stream",
  "Nats-Subject",
  "Nats-Time-Stamp",
  "Nats-UpTo-Sequence",
]);

/** What a stream holds, by its name and its only subject. */
export type StreamToRead = { name: string; subject: string };

/** The events' stream. */
export const EVENTS: StreamToRead = { name: STREAM, subject: SUBJECTS.events };
/** The streams behind durable commands. */
export const INBOX: StreamToRead = { name: DURABLE.inbox, subject: SUBJECTS.inbox };
/** The streams behind durable commands. */
export const OUTCOMES: StreamToRead = { name: DURABLE.outcomes, subject: SUBJECTS.outcomes };
/** The streams behind durable commands. */
export const DEAD_LETTERS: StreamToRead = {
  name: DURABLE.deadLetters,
  subject: SUBJECTS.deadLetters,
};

/** Every message of a stream: fast from any replica, and what that one lacks from the leader. */
export async function readStream(
  jsm: JetStreamManager,
  { name, subject }: StreamToRead,
): Promise<Message[]> {
  const { state } = await until("the stream answers", () => jsm.streams.info(name), PATIENCE_MS);
  const messages: Message[] = [];
  for (let next = Math.max(1, state.first_seq); next <= state.last_seq;) {
    const from = next;
    const batch = await until(
      `messages are read from ${from} on`,
      () => readBatch(jsm, name, subject, from),
      PATIENCE_MS,
    );
    const found = new Map(batch.map((message) => [message.seq, message]));
    const end = batch.at(-1)?.seq ?? from;
    for (; next <= end; next++) {
      const message = found.get(next) ?? await jsm.streams.getMessage(name, { seq: next });
      if (message !== null) messages.push(read(message));
    }
  }
  return messages;
}

function read(message: StoredMsg): Message {
  const headers = Object.fromEntries(
    [...message.header ?? []].filter(([name]) => !OF_THE_ANSWER.has(name))
      .map(([name, values]) => [name, values.join(",")]),
  );
  return { seq: message.seq, subject: message.subject, headers, body: message.string() };
}

/** Every snapshot. */
export async function readSnapshots(nc: NatsConnection): Promise<SnapshotEntry[]> {
  const bucket = await new Kvm(jetstream(nc)).open(snapshotBucketOf(STREAM));
  const entries: SnapshotEntry[] = [];
  await eachOf(await Array.fromAsync(await bucket.keys()), 64, async (key) => {
    const entry = await bucket.get(key);
    if (entry !== null) entries.push({ key, value: unpack(entry.value) });
  });
  return entries;
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(gunzipSync(bytes).toString());
  } catch {
    return null;
  }
}
