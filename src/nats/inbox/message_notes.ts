import type { Delivery } from "./delivery.ts";

/** Of about 100 bytes each. */
const MOST_NOTES = 10_000;

/** A message that has not come again for so long, twice the longest pause of an outage, may be done elsewhere. */
const STALE_MS = 60_000;

type Note<T> = { storedAtNs: string; value: T; notedMs: number };

/** Something that this process knows of each of many messages that may come again, as far as there is room. */
export class MessageNotes<T> {
  /** The one that was noted the longest ago comes first. */
  readonly #notes = new Map<number, Note<T>>();

  /** What is known of that very message; undefined = nothing. */
  get({ sequence, storedAtNs }: Delivery): T | undefined {
    const note = this.#notes.get(sequence);
    return note?.storedAtNs === storedAtNs ? note.value : undefined;
  }

  /**
   * Takes note, in place of what was known.
   *
   * @param nowMs on the monotonic clock
   * @returns false: there is no room, for the notes of others may still be needed
   */
  set({ sequence, storedAtNs }: Delivery, value: T, nowMs: number): boolean {
    this.#notes.delete(sequence);
    if (this.#notes.size >= MOST_NOTES && !this.#dropStale(nowMs)) return false;
    this.#notes.set(sequence, { storedAtNs, value, notedMs: nowMs });
    return true;
  }

  /** To be called when the message is done with. */
  delete({ sequence }: Delivery): void {
    this.#notes.delete(sequence);
  }

  #dropStale(nowMs: number): boolean {
    for (const [sequence, { notedMs }] of this.#notes) {
      return nowMs - notedMs >= STALE_MS && this.#notes.delete(sequence);
    }
    return true;
  }
}
