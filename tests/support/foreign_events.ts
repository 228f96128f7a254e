/**
 * Events stored beside the service, as older programs and repairs by hand do.
 *
 * @module
 */
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { plainName } from "./command_client.ts";
import type { Envelope } from "./stream_messages.ts";

const MOMENT = "2024-01-01T00:00:00Z";

/** The envelope of a `PersonUpdated`, which no command emits. */
export function personUpdated(personId: string, sequence: number, givenName: string): Envelope {
  const name = plainName(givenName);
  const event = { PersonUpdated: { person_id: personId, name, updated_at: MOMENT } };
  return envelope(personId, sequence, event);
}

/** The envelope of a `PersonDeactivated`. */
export function personDeactivated(personId: string, sequence: number): Envelope {
  const data = { person_id: personId, reason: "moved", deactivated_at: MOMENT };
  return envelope(personId, sequence, { PersonDeactivated: data });
}

/** Stores a body on an event's subject, without headers; gives its sequence in the stream. */
export async function publishEvent(
  nc: NatsConnection,
  personId: string,
  suffix: string,
  body: unknown,
): Promise<number> {
  const bytes = body instanceof Uint8Array ? body : JSON.stringify(body);
  const { seq } = await jetstream(nc).publish(`person.events.${personId}.${suffix}`, bytes);
  return seq;
}

function envelope(personId: string, sequence: number, event: Envelope["event"]): Envelope {
  return {
    aggregate_id: personId,
    sequence,
    event,
    timestamp: MOMENT,
    correlation_id: "by hand",
    causation_id: `by hand ${sequence}`,
    schema_version: 1,
  };
}
