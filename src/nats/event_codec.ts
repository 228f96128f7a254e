import { hash } from "node:crypto";
import type { MsgHdrs } from "@nats-io/transport-node";
import type { StoredEvent } from "../application/ports.ts";
import { EventEnvelope, SCHEMA_VERSION, writeEnvelope } from "../domain/events.ts";
import { upcast } from "../domain/upcast.ts";
import type { PersonId } from "../domain/values.ts";
import { UnreadableHistory } from "../application/failures.ts";
import { encodeText } from "./text.ts";

/** Headers of a stored event that the service itself gives a meaning. Source: wire.md, Events. */
export const EVENT_HEADERS = {
  previousSequence: "Previous-Sequence",
  commandHash: "Command-Hash",
  schemaVersion: "Schema-Version",
  correlationId: "Correlation-Id",
  traceparent: "traceparent",
} as const;

/**
 * `Previous-Sequence` of a further event of one person in a batch: the sequence right before its own, which nobody knows
 * before the batch is stored.
 */
export const DIRECTLY_BEFORE = "-1";

/** A message of the stream, however it was read. */
export type StreamMessage = {
  subject: string;
  seq: number;
  header: MsgHdrs | undefined;
  data: Uint8Array;
};

/** The stored body of an event. */
export function encodeEvent(envelope: EventEnvelope): Uint8Array {
  return encodeText(JSON.stringify(writeEnvelope(envelope)));
}

/** SHA-256 (base64url) of a stored body. */
export function hashEvent(body: Uint8Array): string {
  return hash("sha256", body, "base64url");
}

/** An event that this process stored itself: its hash is worked out when it is asked for, for mostly nobody does. */
export class JustStored implements StoredEvent {
  /** See `StoredEvent` for each of them. */
  constructor(
    readonly envelope: EventEnvelope,
    readonly streamSequence: number,
    readonly previousSequence: number,
    readonly commandHash: string,
    readonly bytes: number,
  ) {}

  /** See `StoredEvent`. */
  get eventHash(): string {
    return hashEvent(encodeEvent(this.envelope));
  }
}

/** Reads a stored event. Throws `UnreadableHistory` when it is damaged, unknown or of a newer version. */
export function decodeEvent(personId: PersonId, message: StreamMessage): StoredEvent {
  const { seq } = message;
  try {
    const { header, data } = message;
    const envelope = EventEnvelope.parse(upcastBody(JSON.parse(utf8.decode(data))));
    if (envelope.aggregate_id !== personId) {
      throw new Error(`It says that it is of person "${envelope.aggregate_id}"`);
    }
    return {
      envelope,
      streamSequence: seq,
      previousSequence: readPreviousSequence(header, seq),
      commandHash: header?.get(EVENT_HEADERS.commandHash) || null,
      eventHash: hashEvent(data),
      bytes: data.length,
    };
  } catch (cause) {
    throw new UnreadableHistory(
      personId,
      seq,
      `Event at ${seq} of person "${personId}" can't be read`,
      { cause },
    );
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function upcastBody(body: unknown): unknown {
  const hasVersion = typeof body === "object" && body !== null && "schema_version" in body &&
    typeof body.schema_version === "number";
  // The original wrote none: its events are of version 1.
  return upcast(hasVersion ? Number(body.schema_version) : SCHEMA_VERSION, body);
}

function readPreviousSequence(header: MsgHdrs | undefined, sequence: number): number | null {
  const value = header?.get(EVENT_HEADERS.previousSequence) ?? "";
  if (value === DIRECTLY_BEFORE) return sequence - 1;
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
}
