/**
 * What must hold of the stream whatever happened, and of every reply to a command.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { AnyReply } from "./command_client.ts";
import type { EventMessage } from "./stream_messages.ts";

/** A command that was sent, and the last reply to it; none: every try of it timed out. */
export type Sent = { commandId: string; reply: AnyReply | null };

/** Fails unless each person's versions rise by one from 1, each event names the one before it, and no command is stored twice. */
export function assertWhole(events: EventMessage[]): void {
  const heads = new Map<string, { version: number; seq: number }>();
  const stored = new Set<string>();
  for (const { seq, envelope, headers } of events) {
    const { aggregate_id: personId, causation_id: commandId } = envelope;
    const before = heads.get(personId) ?? { version: 0, seq: 0 };
    // In a batch an event may follow another one of its person directly.
    const link = headers["Previous-Sequence"];
    assertEquals(
      { version: envelope.sequence, previous: link === "-1" ? seq - 1 : Number(link) },
      { version: before.version + 1, previous: before.seq },
      `event ${seq} of person ${personId}`,
    );
    heads.set(personId, { version: envelope.sequence, seq });
    const key = `${personId}/${commandId}`;
    assertEquals(stored.has(key), false, `command ${key} is stored twice`);
    stored.add(key);
  }
}

/**
 * Fails unless each reply is true: an accepted command is stored at the version and place it was told, a refused one
 * and one that was told "not stored" is not stored.
 */
export function assertTrue(sent: Sent[], events: EventMessage[]): void {
  const stored = new Map(events.map(({ seq, envelope }) => [
    envelope.causation_id,
    { aggregate_id: envelope.aggregate_id, version: envelope.sequence, stream_sequence: seq },
  ]));
  for (const { commandId, reply } of sent) {
    if (reply === null || isUnknown(reply)) continue;
    const { error, events_generated: _, ...accepted } = reply;
    const expected = error === undefined ? accepted : undefined;
    assertEquals(stored.get(commandId), expected, `${commandId}: ${JSON.stringify(reply)}`);
  }
}

/** Whether the reply leaves open what became of the command. */
export function isUnknown({ error }: AnyReply): boolean {
  return error?.code === "Unavailable" && JSON.stringify(error.details) === '{"outcome":"unknown"}';
}
