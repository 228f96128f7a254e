/**
 * Events stored beside the service, as older programs and repairs by hand do.
 *
 * @module
 */
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { plainName } from "./command_client.ts";
import type { Envelope } from "./stream_messages.ts";

/** The envelope of a `PersonUpdated`, which no command emits. */
export function personUpdated(personId: string, sequence: number, givenName: string): Envelope {
  const moment = "2024-01-01T00:00:00Z";
  return {
    aggregate_id: personId,
    sequence,
    event: {
      PersonUpdated: { person_id: personId, name: plainName(givenName), updated_at: moment },
    },
    timestamp: moment,
    correlation_id: "by hand",
    causation_id: `by hand ${sequence}`,
    schema_version: 1,
  };
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
