/**
 * What became of a durable command, as its publisher finds it out.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { JetStreamManager, PubAck, StoredMsg } from "@nats-io/jetstream";
import { isPermissionViolation } from "../startup_refused.ts";
import type { Subjects } from "../subjects.ts";
import { placeOf } from "./delivery.ts";
import { OUTCOME_HEADERS } from "./outcomes.ts";

const POLL_MS = 50;
/** By how much the publisher's clock may be ahead of the server's. */
const CLOCK_TOLERANCE_MS = 60_000;

/** A message that the inbox has acknowledged. */
export type PublishedCommand = {
  ack: PubAck;
  /** null = none, or one that can't be an id: then it does not name the outcome either. */
  commandId: string | null;
  /** When it was about to be published; milliseconds since 1970, by this machine's clock. */
  publishedMs: number;
};

/** Where its outcome is. */
export function outcomeSubjectOf(
  { ack, commandId }: PublishedCommand,
  subjects: Subjects,
): string {
  return subjects.outcome(commandId ?? placeOf(ack.stream, ack.seq));
}

/**
 * The outcome of this very message: an earlier one may have had the same id, and where the inbox was made anew, or
 * restored, the same sequence too.
 *
 * @returns its text; null where there is none within `timeoutMs`
 */
export async function waitForOutcome(
  jsm: JetStreamManager,
  published: PublishedCommand,
  subjects: Subjects,
  timeoutMs: number,
): Promise<string | null> {
  const { stream } = published.ack;
  const outcomes = stream.replace(/_INBOX$/, "_OUTCOMES");
  const last_by_subj = outcomeSubjectOf(published, subjects);
  const giveUpMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      const found = await jsm.direct.getMessage(outcomes, { last_by_subj });
      if (found !== null && isOf(published, found)) return found.string();
    } catch (error) {
      // Else it may pass, as a change of the stream's leader does.
      if (isPermissionViolation(error)) throw error;
    }
    if (performance.now() >= giveUpMs) return null;
    await delay(POLL_MS);
  }
}

function isOf({ ack, publishedMs }: PublishedCommand, { header }: StoredMsg): boolean {
  if (header.get(OUTCOME_HEADERS.inboxSequence) !== String(ack.seq)) return false;
  const storedMs = Number(header.get(OUTCOME_HEADERS.inboxTime)) / 1e6;
  // A repetition is not stored: the outcome is that of the message before it.
  return ack.duplicate || storedMs >= publishedMs - CLOCK_TOLERANCE_MS;
}
