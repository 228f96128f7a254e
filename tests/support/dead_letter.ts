/**
 * Dead letters as a service would have left them.
 *
 * @module
 */
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { DeadLetter } from "../../src/nats/inbox/dead_letters.ts";
import { createPerson } from "./command_client.ts";

/** The person of {@linkcode deadLetter}. */
export const PERSON_ID = "019a5c30-1234-7abc-9def-123456789abc";

/** A letter of a service that could not yet read a `CreatePerson`. */
export function deadLetter(changed: Partial<DeadLetter> = {}): DeadLetter {
  const payload = JSON.stringify(createPerson(PERSON_ID));
  return {
    subject: "person.inbox.test",
    stream: "PERSON_EVENTS_INBOX",
    sequence: 7,
    published_at: "2026-11-23T05:59:59.000Z",
    command_id: "order-1",
    person_id: PERSON_ID,
    reason: { code: "ParseError", message: "The message is not one command" },
    dead_at: "2026-11-23T06:00:00.000Z",
    headers: { "Nats-Msg-Id": ["order-1"], "Correlation-Id": ["letter-7"] },
    payload_bytes: payload.length,
    payload_encoding: "utf-8",
    payload,
    ...changed,
  };
}

/** Stores a message among the dead letters. */
export async function storeAmongDeadLetters(nc: NatsConnection, message: unknown): Promise<void> {
  const payload = typeof message === "string" ? message : JSON.stringify(message);
  await jetstream(nc, { checkAPI: false }).publish("person.dlq.test", payload);
}
