import type { Delivery } from "./delivery.ts";

/** Of about 100 bytes each. */
const MOST_NOTES = 10_000;

type Note<T> = { storedAtNs: string; value: T; notedMs: number };

/** Something that this process knows of each of many messages that may come again, as far as there is room. */
export class MessageNotes<T> {
  readonly #keptMs: number;
  /** The one that was noted the longest ago comes first. */
  readonly #notes = new Map<number, Note<T>>();

  /** @param keptMs how long a note is good for: a message that does not come again may be done elsewhere */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** How many there are. */
  get size(): number {
    return this.#notes.size;
  }

  /**
   * What is known of that very message; undefined = nothing.
   *
   * @param nowMs on the monotonic clock
   */
  get({ sequence, storedAtNs }: Delivery, nowMs: number): T | undefined {
    this.#dropOld(nowMs);
    const note = this.#notes.get(sequence);
    return note?.storedAtNs === storedAtNs ? note.value : undefined;
  }

  /**
   * Takes note, in place of what was known.
   *
   * @returns false: there is no room
   */
  set({ sequence, storedAtNs }: Delivery, value: T, nowMs: number): boolean {
    this.#notes.delete(sequence);
    this.#dropOld(nowMs);
    if (this.#notes.size >= MOST_NOTES) return false;
    this.#notes.set(sequence, { storedAtNs, value, notedMs: nowMs });
    return true;
  }

  /** To be called when the message is done with. */
  delete({ sequence }: Delivery): void {
    this.#notes.delete(sequence);
  }

  #dropOld(nowMs: number): void {
    for (const [sequence, { notedMs }] of this.#notes) {
      if (nowMs - notedMs < this.#keptMs) return;
      this.#notes.delete(sequence);
    }
  }
}
