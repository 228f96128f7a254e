/**
 * Messages of the inbox that are no commands, kept with the reason.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { JetStreamClient } from "@nats-io/jetstream";
import { z } from "zod";
import { PersonId } from "../../domain/values.ts";
import { type CommandMessage, readAllHeaders } from "../command_headers.ts";
import type { Reply } from "../replies.ts";
import type { Subjects } from "../subjects.ts";
import { type Delivery, storedAt } from "./delivery.ts";

/** Beyond, a letter would not fit into a message. An inbox made by the service takes nothing so large. */
const MAX_KEPT_BYTES = 384 * 1024;

/** A dead letter as it is stored. */
export const DeadLetter = z.object({
  /** What it was published on. */
  subject: z.string(),
  /** The inbox that it came to, its sequence there and the time. */
  stream: z.string(),
  sequence: z.int(),
  published_at: z.string(),
  /** What it was to have as a command: the caller's, or `<stream>:<sequence>:<time stored, in ns>`. */
  command_id: z.string(),
  /** As far as the payload tells. */
  person_id: z.string().nullable(),
  reason: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }),
  /** When it was found to be no command. */
  dead_at: z.string(),
  /** null where they are too many or can't be read. */
  headers: z.record(z.string(), z.array(z.string())).nullable(),
  /** Bytes that came; more than `payload` holds where that had to be cut off. */
  payload_bytes: z.int(),
  payload_encoding: z.enum(["utf-8", "base64"]),
  payload: z.string(),
});
/** See the schema. */
export type DeadLetter = z.output<typeof DeadLetter>;

/** Keeps dead letters in a stream. */
export class DeadLetters {
  readonly #js: JetStreamClient;
  readonly #stream: string;
  readonly #subjects: Subjects;

  /**
   * Reads and writes nothing yet.
   *
   * @param stream the dead letters' stream
   */
  constructor(js: JetStreamClient, stream: string, subjects: Subjects) {
    this.#js = js;
    this.#stream = stream;
    this.#subjects = subjects;
  }

  /** Stores a message of the inbox, once. Rejects when it may not be stored. */
  async store(letter: DeadLetter, { stream, sequence, storedAtNs }: Delivery): Promise<void> {
    await this.#js.publish(this.#subjects.deadLetter(letter.subject), JSON.stringify(letter), {
      msgID: `${stream}:${sequence}:${storedAtNs}`,
      expect: { streamName: this.#stream },
    });
  }
}

/** What is kept of a message. */
export function deadLetterOf(
  message: CommandMessage & { subject: string },
  delivery: Delivery,
  { commandId, reason, now }: {
    commandId: string;
    reason: Extract<Reply, { error: unknown }>["error"];
    now: string;
  },
): DeadLetter {
  const { data } = message;
  return {
    subject: message.subject,
    stream: delivery.stream,
    sequence: delivery.sequence,
    published_at: storedAt(delivery),
    command_id: commandId,
    person_id: personIdIn(data),
    reason,
    dead_at: now,
    headers: readAllHeaders(message),
    payload_bytes: data.length,
    ...encodePayload(data.subarray(0, MAX_KEPT_BYTES)),
  };
}

/** The payload as it came; null where not all of it was kept. */
export function payloadOf(letter: DeadLetter): Uint8Array | null {
  const bytes = Buffer.from(letter.payload, letter.payload_encoding);
  return bytes.length === letter.payload_bytes ? bytes : null;
}

/** Text where that says the same and is no larger: control characters take six in JSON. */
function encodePayload(data: Uint8Array): Pick<DeadLetter, "payload" | "payload_encoding"> {
  const bytes = Buffer.from(data);
  const text = bytes.toString("utf-8");
  const base64 = bytes.toString("base64");
  const isText = Buffer.from(text, "utf-8").equals(bytes) &&
    JSON.stringify(text).length <= base64.length + 1024;
  return isText
    ? { payload_encoding: "utf-8", payload: text }
    : { payload_encoding: "base64", payload: base64 };
}

const Addressed = z.record(
  z.string(),
  z.union([
    z.object({ person_id: PersonId }).transform(({ person_id }) => person_id),
    z.object({ source_person_id: PersonId }).transform((merge) => merge.source_person_id),
  ]),
);

function personIdIn(data: Uint8Array): string | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(data));
    return Object.values(Addressed.parse(json))[0] ?? null;
  } catch {
    return null;
  }
}
