import { clearTimeout, setTimeout } from "node:timers";
import type { Clock } from "../../application/ports.ts";

/**
 * How long a refusal waits for earlier messages: longer than one that a dead instance held needs to come again
 * (`ACK_WAIT_MS`), and than the longest pause after an outage. One that is stuck must not hold refusals back for ever.
 */
const PATIENCE_MS = 45_000;

/** Another instance may have done earlier ones, of which this one hears only when it looks. */
const LOOK_MS = 100;

/**
 * After such a pause between two looks this process stood still, and what waits may be another instance's by now. Well
 * below the time after which a message goes to another one (`ACK_WAIT_MS`).
 */
const STOOD_STILL_MS = 2_000;

/** For each message is kept in memory meanwhile, and its server is told that it is still worked on. */
const MOST_WAITING = 256;

type Waiting = {
  sequence: number;
  untilMs: number;
  resolve: (isTurn: boolean) => void;
  reject: (error: unknown) => void;
};

/** Has refusals wait until the messages before them are decided, in this process or elsewhere. */
export class InboxOrder {
  readonly #readFloor: () => Promise<number>;
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #isWatching = false;
  #isStopped = false;
  #news = Promise.withResolvers<void>();

  /** @param readFloor tells the sequence up to which every message is done */
  constructor(readFloor: () => Promise<number>, clock: Clock) {
    this.#readFloor = readFloor;
    this.#clock = clock;
  }

  /** To be called when a message is done with. */
  noteDone(): void {
    this.#news.resolve();
  }

  /** Lets nothing wait any more. */
  stop(): void {
    this.#isStopped = true;
    this.#answerAll(false);
    this.#news.resolve();
  }

  /**
   * Waits until the message's refusal may be final, if it is decided after this: all earlier messages are done, or it
   * has waited for them long enough. Rejects when that can't be found out.
   *
   * @returns false: the message is to be given back, for too many wait here, or this process stops or stood still
   */
  isTurnOf(sequence: number): Promise<boolean> {
    if (this.#isStopped || !this.#makeRoom(sequence)) return Promise.resolve(false);
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const untilMs = this.#clock.monotonicMs() + PATIENCE_MS;
    this.#waiting.add({ sequence, untilMs, resolve, reject });
    this.#news.resolve();
    if (!this.#isWatching) void this.#watch();
    return promise;
  }

  /** The first ones are to wait here: the turn of all others comes after theirs. */
  #makeRoom(sequence: number): boolean {
    if (this.#waiting.size < MOST_WAITING) return true;
    const last = [...this.#waiting].reduce((a, b) => a.sequence > b.sequence ? a : b);
    if (last.sequence < sequence) return false;
    this.#answer(last, false);
    return true;
  }

  /** As long as there is something that waits. Never rejects. */
  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (this.#waiting.size > 0) {
      const sinceMs = this.#clock.monotonicMs();
      this.#news = Promise.withResolvers();
      try {
        const floor = await this.#readFloor();
        const nowMs = this.#clock.monotonicMs();
        for (const each of this.#waiting) {
          if (each.sequence - 1 <= floor || each.untilMs <= nowMs) this.#answer(each, true);
        }
      } catch (error) {
        for (const each of this.#waiting) each.reject(error);
        this.#waiting.clear();
      }
      await this.#nextLook();
      if (this.#clock.monotonicMs() - sinceMs > STOOD_STILL_MS) this.#answerAll(false);
    }
    this.#isWatching = false;
  }

  async #nextLook(): Promise<void> {
    const pause = setTimeout(() => this.#news.resolve(), LOOK_MS);
    await this.#news.promise;
    clearTimeout(pause);
  }

  #answer(waiting: Waiting, isTurn: boolean): void {
    this.#waiting.delete(waiting);
    waiting.resolve(isTurn);
  }

  #answerAll(isTurn: boolean): void {
    for (const each of this.#waiting) this.#answer(each, isTurn);
  }
}
