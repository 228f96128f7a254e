import type { PersonId } from "../domain/values.ts";
import type { LoadedPerson } from "./loaded_person.ts";

/** The persons this process knows, the least recently used dropped first. A stale one shows as a conflict on append. */
export class PersonCache {
  readonly #persons = new Map<PersonId, LoadedPerson>();
  readonly #limitBytes: number;
  #usedBytes = 0;

  /** @param limitBytes estimated memory that the persons may take */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The person as it was last known here. */
  get(personId: PersonId): LoadedPerson | undefined {
    const person = this.#persons.get(personId);
    if (person === undefined) return undefined;
    // A Map iterates in the order of insertion: the first key is the one longest unused.
    this.#persons.delete(personId);
    this.#persons.set(personId, person);
    return person;
  }

  /** Keeps the person in place of what was known of it. */
  set(person: LoadedPerson): void {
    this.delete(person.personId);
    const bytes = memoryBytes(person);
    // One that could not stay must not drive all others out.
    if (bytes > this.#limitBytes) return;
    this.#persons.set(person.personId, person);
    this.#usedBytes += bytes;
    for (const [personId] of this.#persons) {
      if (this.#usedBytes <= this.#limitBytes) break;
      this.delete(personId);
    }
  }

  /** Forgets the person. */
  delete(personId: PersonId): void {
    const person = this.#persons.get(personId);
    if (person === undefined) return;
    this.#usedBytes -= memoryBytes(person);
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
}

/** What a person takes of the heap, roughly: objects cost about twice their JSON, a remembered command about 400 bytes. */
function memoryBytes(person: LoadedPerson): number {
  const { counted, addedAtMost } = person.stateBytes;
  return 2_000 + 2 * (counted + addedAtMost) + 400 * person.commands.size;
}
