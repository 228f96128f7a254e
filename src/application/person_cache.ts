import type { PersonId } from "../domain/values.ts";
import type { LoadedPerson } from "./loaded_person.ts";

/** So many at most get a second chance at a time: else a new person would have to wait for a look at all others. */
const MAX_CHANCES = 100;

type Kept = { person: LoadedPerson; bytes: number; wasUsed: boolean };

/**
 * The persons this process knows, those dropped first that were not used for long: each gets a second chance if it was
 * used since it came, or since its last chance. A stale one shows as a conflict on append.
 */
export class PersonCache {
  // A Map iterates in the order of insertion.
  readonly #persons = new Map<PersonId, Kept>();
  readonly #limitBytes: number;
  #usedBytes = 0;

  /** @param limitBytes estimated memory that the persons may take */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The person as it was last known here. */
  get(personId: PersonId): LoadedPerson | undefined {
    const kept = this.#persons.get(personId);
    if (kept === undefined) return undefined;
    kept.wasUsed = true;
    return kept.person;
  }

  /** Keeps the person in place of what was known of it. */
  set(person: LoadedPerson): void {
    const bytes = memoryBytes(person);
    // One that could not stay must not drive all others out.
    if (bytes > this.#limitBytes) return this.delete(person.personId);
    const kept = this.#persons.get(person.personId);
    if (kept === undefined) {
      this.#persons.set(person.personId, { person, bytes, wasUsed: false });
    } else {
      this.#usedBytes -= kept.bytes;
      Object.assign(kept, { person, bytes, wasUsed: true });
    }
    this.#usedBytes += bytes;
    this.#makeRoom(person.personId);
  }

  /** Forgets the person. */
  delete(personId: PersonId): void {
    const kept = this.#persons.get(personId);
    if (kept === undefined) return;
    this.#usedBytes -= kept.bytes;
    this.#persons.delete(personId);
  }

  /** Forgets everyone. */
  clear(): void {
    this.#persons.clear();
    this.#usedBytes = 0;
  }

  /** Persons known. */
  get size(): number {
    return this.#persons.size;
  }

  /** @param newest stays: there is room for it alone */
  #makeRoom(newest: PersonId): void {
    if (this.#usedBytes <= this.#limitBytes) return;
    let chances = MAX_CHANCES;
    // Those that get their second chance come again at the end.
    for (const [personId, kept] of this.#persons) {
      if (this.#usedBytes <= this.#limitBytes) return;
      if (personId === newest || (kept.wasUsed && chances-- > 0)) {
        kept.wasUsed = false;
        this.#persons.delete(personId);
        this.#persons.set(personId, kept);
      } else {
        this.delete(personId);
      }
    }
  }
}

/** What a person takes of the heap, roughly: objects cost about twice their JSON, a remembered command about 400 bytes. */
function memoryBytes(person: LoadedPerson): number {
  const { counted, addedAtMost } = person.stateBytes;
  return 2_000 + 2 * (counted + addedAtMost) + 400 * person.commands.size;
}
