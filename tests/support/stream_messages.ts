/**
 * What a stream holds, read without any of the service's code.
 *
 * @module
 */
import { type JetStreamManager, jetstreamManager, type StoredMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { until } from "./until.ts";

/** Reads in flight at once. */
const PARALLEL_READS = 250;

const Envelope = z.object({
  aggregate_id: z.string(),
  sequence: z.number(),
  event: z.record(z.string(), z.record(z.string(), z.unknown())),
  timestamp: z.string(),
  correlation_id: z.string(),
  causation_id: z.string(),
  schema_version: z.number(),
});
/** A stored event's body, as wire.md has it. */
export type Envelope = z.infer<typeof Envelope>;

/** A message of a stream. */
export type StreamMessage = {
  seq: number;
  subject: string;
  headers: Record<string, string>;
  body: string;
};

/** An event of a stream. */
export type EventMessage = StreamMessage & { envelope: Envelope };

/** All messages of a stream in their order, as its leader has them. */
export async function readMessages(
  nc: NatsConnection,
  stream = "PERSON_EVENTS",
): Promise<StreamMessage[]> {
  // What is asked while the connection is on its way back is lost, so each question has tries of its own.
  const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: 2_000 });
  const { state } = await until("stream info came", () => jsm.streams.info(stream));
  const messages: StreamMessage[] = [];
  for (let from = Math.max(1, state.first_seq); from <= state.last_seq; from += PARALLEL_READS) {
    const count = Math.min(PARALLEL_READS, state.last_seq - from + 1);
    const read = await Promise.all(
      Array.from({ length: count }, (_, n) => readMessage(jsm, stream, from + n)),
    );
    for (const message of read) {
      if (message === "none") continue;
      const headers = Object.fromEntries(
        [...message.header ?? []].map(([name, values]) => [name, values.join(",")]),
      );
      messages.push({
        seq: message.seq,
        subject: message.subject,
        headers,
        body: message.string(),
      });
    }
  }
  return messages;
}

function readMessage(
  jsm: JetStreamManager,
  stream: string,
  seq: number,
): Promise<StoredMsg | "none"> {
  return until(
    `message ${seq} was read`,
    async () => await jsm.streams.getMessage(stream, { seq }) ?? "none",
  );
}

/** All events of a stream in their order; fails for a message that is none. */
export async function readEvents(
  nc: NatsConnection,
  stream = "PERSON_EVENTS",
): Promise<EventMessage[]> {
  const messages = await readMessages(nc, stream);
  return messages.map((each) => ({ ...each, envelope: Envelope.parse(JSON.parse(each.body)) }));
}
