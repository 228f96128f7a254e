import type { Message } from "./history.ts";

/** Events that came in atomic batches. */
export type BatchFigures = {
  batches: number;
  /** Of these batches. */
  events: number;
  /** Events of the largest one. */
  largest: number;
};

/** Counts batches of several commands: the two events of a merge that is stored by itself are one command's. */
export function countBatches(messages: Message[]): BatchFigures {
  const batches = new Map<string, { events: number; commandIds: Set<string> }>();
  for (const { headers } of messages) {
    const id = headers["Nats-Batch-Id"];
    if (id === undefined) continue;
    const batch = batches.get(id) ?? { events: 0, commandIds: new Set() };
    batches.set(id, batch);
    batch.events++;
    batch.commandIds.add(headers["Nats-Msg-Id"]?.split("/")[1] ?? "");
  }
  const shared = [...batches.values()].filter(({ commandIds }) => commandIds.size > 1);
  return {
    batches: shared.length,
    events: shared.reduce((sum, { events }) => sum + events, 0),
    largest: shared.reduce((largest, { events }) => Math.max(largest, events), 0),
  };
}
