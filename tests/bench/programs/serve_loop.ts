import type { Msg, NatsConnection } from "@nats-io/transport-node";

/** Stores an event of a person, and resolves to its sequence in the stream. */
export type Store = (personId: string, commandId: string) => Promise<number>;

/**
 * Receives commands, has an event stored for each, and replies; a person's commands one after the other. It decides
 * nothing and parses nothing.
 */
export async function serveLoop(nc: NatsConnection, prefix: string, store: Store): Promise<void> {
  /** The last command of each person that has one under way. */
  const last = new Map<string, Promise<void>>();
  const answer = async (message: Msg, id: string): Promise<void> => {
    const seq = await store(id, message.headers?.get("Nats-Msg-Id") ?? "");
    message.respond(
      JSON.stringify({ aggregate_id: id, version: 1, events_generated: 1, stream_sequence: seq }),
    );
  };
  const take = async (message: Msg): Promise<void> => {
    const id = message.subject.slice(`${prefix}.commands.`.length);
    const before = last.get(id);
    const handling = before === undefined
      ? answer(message, id)
      : before.then(() => answer(message, id));
    last.set(id, handling);
    await handling;
    if (last.get(id) === handling) last.delete(id);
  };
  nc.subscribe(`${prefix}.commands.>`, {
    queue: prefix,
    callback: (_error, message) => void take(message),
  });
  await nc.flush();
}
