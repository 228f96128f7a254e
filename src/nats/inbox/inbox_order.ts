import { clearTimeout, setTimeout } from "node:timers";
import type { Clock } from "../../application/ports.ts";
import type { Delivery } from "./delivery.ts";
import { MessageNotes } from "./message_notes.ts";

/**
 * How long a refusal waits for earlier messages: longer than one that a dead instance held needs to come again
 * (`ACK_WAIT_MS`), and than the longest pause after an outage. One that is stuck must not hold refusals back for ever.
 */
const PATIENCE_MS = 45_000;

/**
 * When a message that was given back has not come again for so long there was an outage, after which it waits anew:
 * then earlier ones come again with pauses that have grown long.
 */
const KEPT_MS = 90_000;

/** Another instance may have done earlier ones, of which this one hears only when it looks. */
const LOOK_MS = 25;

/**
 * After so long without a look this process stood still, or can't reach JetStream, and what waits may be another
 * instance's by now. Well below the time after which a message goes to another one (`ACK_WAIT_MS`).
 */
const LOST_SIGHT_MS = 2_000;

/** For each message is kept in memory meanwhile, and its server is told that it is still worked on. */
const MOST_WAITING = 256;

type Waiting = { sequence: number; sinceMs: number; resolve: (isTurn: boolean) => void };

/** Has refusals wait until the messages before them are decided, in this process or elsewhere. */
export class InboxOrder {
  readonly #readFloor: () => Promise<number>;
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  /** When messages first waited: those that had to be given back don't wait any longer for that. */
  readonly #sinceMs = new MessageNotes<number>(KEPT_MS);
  #isWatching = false;
  #isStopped = false;
  #floor = 0;
  #news = Promise.withResolvers<void>();

  /** @param readFloor tells the sequence up to which every message is done */
  constructor(readFloor: () => Promise<number>, clock: Clock) {
    this.#readFloor = readFloor;
    this.#clock = clock;
  }

  /** How many messages wait, or had to be given back; some of those may be done elsewhere by now. */
  get held(): number {
    return this.#sinceMs.size;
  }

  /** To be called when a message is done with, and won't come again. */
  noteDone(delivery: Delivery): void {
    this.#sinceMs.delete(delivery);
    this.#lookIfNextIs(delivery);
  }

  /** Lets nothing wait any more. */
  stop(): void {
    this.#isStopped = true;
    this.#answerAll(false);
    this.#news.resolve();
  }

  /**
   * Waits until the message's refusal may be final, if it is decided after this: all earlier messages are done, or it
   * has waited for them long enough since it first did. Never rejects.
   *
   * @returns false: the message is to be given back, for too many wait here, or this process stops, stood still or
   * can't find out what is done
   */
  isTurnOf(delivery: Delivery): Promise<boolean> {
    if (this.#isStopped) return Promise.resolve(false);
    const { sequence } = delivery;
    const sinceMs = this.#noteSince(delivery);
    if (this.#isPatient(sinceMs)) return Promise.resolve(true);
    if (!this.#makeRoom(sequence)) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.add({ sequence, sinceMs, resolve });
    this.#lookIfNextIs(delivery);
    if (!this.#isWatching) void this.#watch();
    return promise;
  }

  #noteSince(delivery: Delivery): number {
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = this.#sinceMs.get(delivery, nowMs) ?? nowMs;
    this.#sinceMs.set(delivery, sinceMs, nowMs);
    return sinceMs;
  }

  #isPatient(sinceMs: number): boolean {
    return this.#clock.monotonicMs() - sinceMs >= PATIENCE_MS;
  }

  /** That others are done makes it nobody's turn. */
  #lookIfNextIs({ sequence }: Delivery): void {
    if (sequence <= this.#floor + 1) this.#news.resolve();
  }

  /** The first ones are to wait here: the turn of all others comes after theirs. */
  #makeRoom(sequence: number): boolean {
    if (this.#waiting.size < MOST_WAITING) return true;
    const last = [...this.#waiting].reduce((a, b) => a.sequence > b.sequence ? a : b);
    if (last.sequence < sequence) return false;
    this.#answer(last, false);
    return true;
  }

  /** As long as there is something that waits. */
  async #watch(): Promise<void> {
    this.#isWatching = true;
    let lookedMs = this.#clock.monotonicMs();
    while (this.#waiting.size > 0) {
      this.#news = Promise.withResolvers();
      const floor = await this.#readFloor().catch(() => null);
      const nowMs = this.#clock.monotonicMs();
      if (nowMs - lookedMs > LOST_SIGHT_MS) this.#answerAll(false);
      if (floor !== null) {
        lookedMs = nowMs;
        this.#floor = floor;
        this.#answerThoseInTurn();
      }
      await this.#nextLook();
    }
    this.#isWatching = false;
  }

  async #nextLook(): Promise<void> {
    const pause = setTimeout(() => this.#news.resolve(), LOOK_MS);
    await this.#news.promise;
    clearTimeout(pause);
  }

  #answerThoseInTurn(): void {
    for (const each of [...this.#waiting].toSorted((a, b) => a.sequence - b.sequence)) {
      const isNext = each.sequence - 1 <= this.#floor;
      if (isNext || this.#isPatient(each.sinceMs)) this.#answer(each, true);
    }
  }

  #answer(waiting: Waiting, isTurn: boolean): void {
    this.#waiting.delete(waiting);
    waiting.resolve(isTurn);
  }

  #answerAll(isTurn: boolean): void {
    for (const each of this.#waiting) this.#answer(each, isTurn);
  }
}
