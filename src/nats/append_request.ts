import { headers, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import type { Append, PendingEvent } from "../application/ports.ts";
import { SCHEMA_VERSION } from "../domain/events.ts";
import { encodeEvent, EVENT_HEADERS } from "./event_codec.ts";
import type { Subjects } from "./subjects.ts";

/** What the server said to an append. `sequence` is the last event's. */
export type Acknowledgement =
  | { stored: true; sequence: number; isDuplicate: boolean }
  | { stored: false; code: number; status: number; description: string };

/** An append as it goes over the wire; made once, sent as often as it takes. */
export type AppendRequest = { bodies: Uint8Array[]; send: (timeoutMs: number) => Promise<Msg> };

/** Makes the messages of an append: a plain publish for one event, an atomic batch for several. */
export function appendRequest(
  nc: NatsConnection,
  streamName: string,
  subjects: Subjects,
  append: Append,
): AppendRequest {
  const bodies = append.events.map(({ envelope }) => encodeEvent(envelope));
  const subjectOf = ({ envelope }: PendingEvent) =>
    subjects.event(envelope.aggregate_id, envelope.event.type);
  const send = (timeoutMs: number) => {
    const batchId = append.events.length > 1 ? crypto.randomUUID() : null;
    const last = append.events.length - 1;
    // The client adds to the headers it is given: new ones for each try.
    const headersOf = (index: number) => {
      const made = eventHeaders(append, index, streamName, subjects);
      if (batchId !== null) addBatchHeaders(made, batchId, index, index === last);
      return made;
    };
    append.events.slice(0, last).forEach((event, index) =>
      nc.publish(subjectOf(event), bodies[index], { headers: headersOf(index) })
    );
    const [committing] = append.events.slice(last);
    if (committing === undefined) throw new Error("An append has no event");
    return nc.request(subjectOf(committing), bodies[last], {
      headers: headersOf(last),
      timeout: timeoutMs,
    });
  };
  return { bodies, send };
}

const Answer = z.union([
  z.object({ error: z.object({ code: z.int(), err_code: z.int(), description: z.string() }) }),
  z.object({ stream: z.string(), seq: z.int().positive(), duplicate: z.boolean().default(false) }),
]);

/** Reads the server's answer to an append; null for what anyone else may have answered. */
export function readAcknowledgement(message: Msg): Acknowledgement | null {
  const { data: answer } = Answer.safeParse(parseOrNull(message.string()));
  if (answer === undefined) return null;
  if ("error" in answer) {
    const { err_code: code, code: status, description } = answer.error;
    return { stored: false, code, status, description };
  }
  return { stored: true, sequence: answer.seq, isDuplicate: answer.duplicate };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function eventHeaders(
  { events, commandId, commandHash, correlationId, traceparent }: Append,
  index: number,
  streamName: string,
  subjects: Subjects,
): MsgHdrs {
  const event = events[index];
  if (event === undefined) throw new Error(`An append has no event ${index}`);
  const personId = event.envelope.aggregate_id;
  const made = headers();
  // Scoped to the person: deduplication is stream-wide, and one command id may be used for two persons.
  made.set("Nats-Msg-Id", `${personId}/${commandId}`);
  made.set("Nats-Expected-Stream", streamName);
  made.set("Nats-Expected-Last-Subject-Sequence", String(event.expectedHead));
  made.set("Nats-Expected-Last-Subject-Sequence-Subject", subjects.eventsOf(personId));
  made.set(EVENT_HEADERS.previousSequence, String(event.expectedHead));
  made.set(EVENT_HEADERS.commandHash, commandHash);
  made.set(EVENT_HEADERS.schemaVersion, String(SCHEMA_VERSION));
  made.set(EVENT_HEADERS.correlationId, correlationId);
  if (traceparent !== null) made.set(EVENT_HEADERS.traceparent, traceparent);
  return made;
}

/** Atomic batch. Source: NATS ADR-50; by hand, for the client's batch API hides the server's error code. */
function addBatchHeaders(made: MsgHdrs, batchId: string, index: number, commits: boolean): void {
  made.set("Nats-Batch-Id", batchId);
  made.set("Nats-Batch-Sequence", String(index + 1));
  if (commits) made.set("Nats-Batch-Commit", "1");
}
