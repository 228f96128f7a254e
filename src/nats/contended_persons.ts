import type { Clock } from "../application/ports.ts";
import type { PersonId } from "../domain/values.ts";

/** How long a person that others write to as well stays out of batches: one stale member refuses a whole batch. */
const ALONE_MS = 1_000;

/** Of the persons that stay out; beyond, the oldest may join again. */
const MAX_ALONE = 10_000;

/** Persons that another writer was seen at work on a moment ago. */
export class ContendedPersons {
  readonly #clock: Clock;
  readonly #until = new Map<PersonId, number>();

  /** None yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the person was seen so a moment ago. */
  has(personId: PersonId): boolean {
    return (this.#until.get(personId) ?? 0) > this.#clock.monotonicMs();
  }

  /** Takes note of persons for the next moment. */
  add(personIds: PersonId[]): void {
    for (const personId of personIds) {
      this.#until.delete(personId);
      this.#until.set(personId, this.#clock.monotonicMs() + ALONE_MS);
    }
    for (const [personId] of this.#until) {
      if (this.#until.size <= MAX_ALONE) break;
      this.#until.delete(personId);
    }
  }
}
