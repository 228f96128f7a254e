import type { Clock } from "../../application/ports.ts";

/**
 * How long a refusal waits for earlier messages: longer than one that a dead instance held needs to come again
 * (`ACK_WAIT_MS`), and than the longest pause after an outage. One that is stuck must not hold refusals back for ever.
 */
const PATIENCE_MS = 45_000;

/** Whether messages before a given one are still to be decided, in this process or elsewhere. */
export class InboxOrder {
  readonly #readFloor: () => Promise<number>;
  readonly #clock: Clock;
  readonly #inWork = new Map<number, Promise<void>>();
  readonly #heldSinceMs = new Map<number, number>();

  /** @param readFloor tells the sequence up to which every message is done */
  constructor(readFloor: () => Promise<number>, clock: Clock) {
    this.#readFloor = readFloor;
    this.#clock = clock;
  }

  /** To be called when a message comes, before anything is awaited. Disposed of when the message is done with. */
  begin(sequence: number): Disposable {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#inWork.set(sequence, promise);
    return {
      [Symbol.dispose]: () => {
        if (this.#inWork.get(sequence) === promise) this.#inWork.delete(sequence);
        resolve();
      },
    };
  }

  /**
   * Whether the message's refusal may be final, if it is decided after this: all earlier messages are done, or it has
   * waited for them long enough.
   */
  async isTurnOf(sequence: number): Promise<boolean> {
    // Only for earlier ones, so that no two wait for each other. Else a row of refusals would take a delivery each.
    await Promise.all([...this.#inWork].map(([other, done]) => other < sequence ? done : null));
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = this.#heldSinceMs.get(sequence) ?? nowMs;
    const isTurn = nowMs - sinceMs >= PATIENCE_MS || await this.#readFloor() >= sequence - 1;
    if (isTurn) this.#heldSinceMs.delete(sequence);
    else this.#hold(sequence, sinceMs, nowMs);
    return isTurn;
  }

  #hold(sequence: number, sinceMs: number, nowMs: number): void {
    // Another instance may have decided those.
    for (const [other, otherSinceMs] of this.#heldSinceMs) {
      if (nowMs - otherSinceMs < 2 * PATIENCE_MS) break;
      this.#heldSinceMs.delete(other);
    }
    this.#heldSinceMs.set(sequence, sinceMs);
  }
}
