import type { ErrorCode } from "../replies.ts";
import type { Delivery } from "./delivery.ts";
import { MessageNotes } from "./message_notes.ts";

/** Twice the longest pause. */
const KEPT_MS = 20 * 60_000;

/**
 * How often messages failed in this process. Their deliveries don't tell: a message also comes again because an instance
 * died, or because it had to be given back.
 */
export class FailureCounts {
  readonly #notes = new MessageNotes<{ code: ErrorCode; times: number }>(KEPT_MS);

  /** Counts one more, and tells how many of that kind there were in a row. */
  add(delivery: Delivery, code: ErrorCode): number {
    const nowMs = performance.now();
    const last = this.#notes.get(delivery, nowMs);
    const times = last?.code === code ? last.times + 1 : 1;
    const isNoted = this.#notes.set(delivery, { code, times }, nowMs);
    // Where there are too many to count, none comes again and again without a pause.
    return isNoted ? times : delivery.count;
  }

  /** To be called when the message is done with. */
  forget(delivery: Delivery): void {
    this.#notes.delete(delivery);
  }
}
