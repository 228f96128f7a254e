import { setTimeout as delay } from "node:timers/promises";

/** After a fault, no more is caught up with than was missed in this time. */
const LONGEST_DEBT_MS = 30_000;
/** All that are due in so long come at once, as callers do: many wait for one person, and appends share batches. */
const BURST_MS = 250;

/** Lets so many through a second on average, in bursts: what a fault held up is caught up with. */
export class Pace {
  readonly #intervalMs: number;
  #nextMs = performance.now();

  /**
   * Begins now.
   * @param perSecond on average
   */
  constructor(perSecond: number) {
    this.#intervalMs = 1_000 / perSecond;
  }

  /** Resolves when the next one may go. */
  async next(): Promise<void> {
    const nowMs = performance.now();
    const dueMs = Math.max(this.#nextMs, nowMs - LONGEST_DEBT_MS);
    this.#nextMs = dueMs + this.#intervalMs;
    const burstMs = Math.ceil(dueMs / BURST_MS) * BURST_MS;
    if (burstMs > nowMs) await delay(burstMs - nowMs);
  }
}
