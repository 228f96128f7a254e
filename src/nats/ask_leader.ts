import type { Deadline } from "../application/ports.ts";
import { pauseBefore, type Surroundings, TRY_TIMEOUT_MS, tryUntil } from "./attempts.ts";
import { type FoundMessage, getFromLeader, type MessageQuery } from "./get_message.ts";

/**
 * How long a stream may seem to have two leaders. A server that was cut off from the others takes itself for the leader for
 * up to a second after it is back, tells of the stream as it was, and may answer before the one that stores.
 */
const TWO_LEADERS_MS = 2_000;

/**
 * The message that the query finds, as the stream's leader has it; null = there is none.
 * Waits for the leader until the deadline, then throws `StoreUnavailable`.
 *
 * @param isInformed whether an answer tells of all that is known to be stored. One that does not is believed only some time
 * after the first such answer: then the stream was restored, or has lost a message
 */
export async function askLeader(
  query: MessageQuery,
  deadline: Deadline,
  options: Surroundings & { streamName: string },
  isInformed: (answer: FoundMessage | null) => boolean,
): Promise<FoundMessage | null> {
  const { link, clock, streamName } = options;
  const ask = (leftMs: number) =>
    getFromLeader(link, streamName, query, Math.min(leftMs, TRY_TIMEOUT_MS));
  let believedMs = Infinity;
  for (let tries = 0;; tries++) {
    await pauseBefore(tries, Math.min(deadline, believedMs), options);
    const answer = await tryUntil(deadline, options, ask);
    const nowMs = clock.monotonicMs();
    if (isInformed(answer) || nowMs >= believedMs) return answer;
    // Not up to the deadline: what a restored stream tells must come through.
    if (tries === 0) believedMs = nowMs + Math.min(TWO_LEADERS_MS, (deadline - nowMs) / 2);
  }
}

/** Informed enough of a message that is stored. */
export function isThere(answer: FoundMessage | null): boolean {
  return answer !== null;
}
