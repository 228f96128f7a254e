import { z } from "zod";
import type { Append, PendingEvent } from "../application/ports.ts";
import { SCHEMA_VERSION } from "../domain/events.ts";
import type { PersonId } from "../domain/values.ts";
import { DIRECTLY_BEFORE, encodeEvent, EVENT_HEADERS } from "./event_codec.ts";
import { headerLine } from "./header_lines.ts";
import { jsonOrNull } from "./json.ts";
import type { Subjects } from "./subjects.ts";

/** What the server said to an append. `sequence` is the last event's. */
export type Acknowledgement =
  | { stored: true; sequence: number; isDuplicate: boolean }
  | { stored: false; code: number; status: number; description: string };

/** One event as it goes over the wire; made once, sent as often as it takes. */
export type EventMessage = {
  subject: string;
  body: Uint8Array;
  /** As `headerLine` makes them. */
  headers: string;
};

/** An append as it goes over the wire. */
export type AppendRequest = {
  append: Append;
  messages: EventMessage[];
  /** Its persons, each once. */
  personIds: PersonId[];
  /** Of all bodies. */
  bytes: number;
};

/** Makes the messages of an append. */
export function appendRequest(
  streamName: string,
  subjects: Subjects,
  append: Append,
): AppendRequest {
  const messages = append.map((event) => ({
    subject: subjects.event(event.envelope.aggregate_id, event.envelope.event.type),
    body: encodeEvent(event.envelope),
    headers: eventHeaders(event, streamName, subjects),
  }));
  return {
    append,
    messages,
    personIds: personIdsOf(append),
    bytes: messages.reduce((bytes, { body }) => bytes + body.length, 0),
  };
}

function personIdsOf(append: Append): PersonId[] {
  const [{ envelope: { aggregate_id } }, ...others] = append;
  // Nearly all of them, for which a set would be made each time.
  if (others.length === 0) return [aggregate_id];
  return [...new Set(append.map(({ envelope }) => envelope.aggregate_id))];
}

const Answer = z.union([
  z.object({
    stream: z.string(),
    seq: z.int().positive(),
    duplicate: z.boolean().default(false),
    batch: z.string().optional(),
  }),
  z.object({ error: z.object({ code: z.int(), err_code: z.int(), description: z.string() }) }),
]);

/** What the server said; null for what anyone else than the stream may have answered. */
export function readAcknowledgement(
  message: { string: () => string },
  batchId: string | undefined,
): Acknowledgement | null {
  const { data: answer } = Answer.safeParse(jsonOrNull(message.string()));
  if (answer === undefined) return null;
  if ("error" in answer) {
    const { err_code: code, code: status, description } = answer.error;
    return { stored: false, code, status, description };
  }
  // What does not name the batch says nothing of it.
  if (answer.batch !== batchId) return null;
  return { stored: true, sequence: answer.seq, isDuplicate: answer.duplicate };
}

function eventHeaders(
  { envelope, expectedHead, commandHash, traceparent }: PendingEvent,
  streamName: string,
  subjects: Subjects,
): string {
  const { aggregate_id: personId, causation_id: commandId, correlation_id } = envelope;
  const head = expectedHead === null ? null : String(expectedHead);
  // Scoped to the person: deduplication is stream-wide, and one command id may be used for two persons.
  let lines = headerLine("Nats-Msg-Id", `${personId}/${commandId}`) +
    headerLine("Nats-Expected-Stream", streamName) +
    headerLine(EVENT_HEADERS.previousSequence, head ?? DIRECTLY_BEFORE) +
    headerLine(EVENT_HEADERS.commandHash, commandHash) +
    headerLine(EVENT_HEADERS.schemaVersion, String(SCHEMA_VERSION)) +
    headerLine(EVENT_HEADERS.correlationId, correlation_id);
  if (head !== null) {
    lines += headerLine("Nats-Expected-Last-Subject-Sequence", head) +
      headerLine("Nats-Expected-Last-Subject-Sequence-Subject", subjects.eventsOf(personId));
  }
  return traceparent === null ? lines : lines + headerLine(EVENT_HEADERS.traceparent, traceparent);
}
