import { getLogger } from "@logtape/logtape";
import type { PersonId } from "../domain/values.ts";
import { type LoadedPerson, toSnapshot } from "./loaded_person.ts";
import type { Clock, SnapshotStore } from "./ports.ts";

const logger = getLogger(["person-service", "snapshots"]);

/** Writes at the same time: enough to keep up, too few to slow the commands down. */
const MAX_WRITES = 4;

/** Writes snapshots behind the replies: a failed or lost one costs time at the next load, never an event. */
export class SnapshotWriter {
  readonly #store: SnapshotStore;
  readonly #clock: Clock;
  readonly #frequency: number;
  readonly #waiting = new Map<PersonId, LoadedPerson>();
  readonly #writing = new Set<Promise<void>>();

  /** @param frequency versions between two snapshots of a person */
  constructor(store: SnapshotStore, clock: Clock, frequency: number) {
    this.#store = store;
    this.#clock = clock;
    this.#frequency = frequency;
  }

  /** Takes note of a person's new version; of several that wait for the same person the last one counts. */
  offer(person: LoadedPerson): void {
    if (person.version % this.#frequency !== 0) return;
    this.#waiting.set(person.personId, person);
    this.#startWrites();
  }

  /** Resolves when nothing waits and nothing is being written. */
  async flush(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  #startWrites(): void {
    for (const [personId, person] of this.#waiting) {
      if (this.#writing.size >= MAX_WRITES) return;
      this.#waiting.delete(personId);
      const write = this.#write(person).finally(() => {
        this.#writing.delete(write);
        this.#startWrites();
      });
      this.#writing.add(write);
    }
  }

  async #write(person: LoadedPerson): Promise<void> {
    const snapshot = toSnapshot(person, this.#clock.now());
    if (snapshot === null) return;
    try {
      await this.#store.write(snapshot);
    } catch (error) {
      logger.warn("Snapshot of person {personId} could not be written", {
        personId: person.personId,
        error,
      });
    }
  }
}
