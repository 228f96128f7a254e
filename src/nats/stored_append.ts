import { Buffer } from "node:buffer";
import { StoreUnavailable } from "../application/failures.ts";
import type { Deadline } from "../application/ports.ts";
import type { AppendRequest, EventMessage } from "./append_request.ts";
import { askLeader, isThere } from "./ask_leader.ts";
import type { Surroundings } from "./attempts.ts";
import type { FoundMessage, MessageQuery } from "./get_message.ts";
import type { Subjects } from "./subjects.ts";

/** Where an append is looked for. */
export type StoredAppendOptions = Surroundings & { streamName: string; subjects: Subjects };

/**
 * The sequence of an append's last event, where a try that was left without an answer has stored it; null where others'
 * events have moved the heads. Of use when all heads have moved: then the append can't be stored any more, and if it
 * is, it is what came right behind them, however much has come since.
 * Throws `StoreUnavailable`.
 */
export async function findStored(
  { append: [{ envelope, expectedHead }], messages }: AppendRequest,
  deadline: Deadline,
  options: StoredAppendOptions,
): Promise<number | null> {
  const [first, ...others] = messages;
  const ask = (query: MessageQuery) => askLeader(query, deadline, options, isThere);
  const next_by_subj = options.subjects.eventsOf(envelope.aggregate_id);
  const found = await ask({ seq: (expectedHead ?? 0) + 1, next_by_subj });
  if (found === null) {
    throw new StoreUnavailable("What moved the head is not to be found", "unknown");
  }
  const { seq } = found;
  if (!isSame(found, first)) return null;
  // What was stored at once stands side by side. Another instance may have stored the first of these commands by itself.
  const places = await Promise.all(others.map((_, index) => ask({ seq: seq + 1 + index })));
  const isWhole = places.every((place, index) => isSame(place, others[index]));
  return isWhole ? seq + others.length : null;
}

function isSame(found: FoundMessage | null, message: EventMessage | undefined): boolean {
  return found !== null && message !== undefined &&
    Buffer.compare(found.data, message.body) === 0;
}
