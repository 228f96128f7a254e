import { getLogger } from "@logtape/logtape";
import type { PersonId } from "../domain/values.ts";
import { type LoadedPerson, toSnapshot } from "./loaded_person.ts";
import type { Clock, SnapshotStore } from "./ports.ts";

const logger = getLogger(["person-service", "snapshots"]);

/** Writes at the same time: enough to keep up, too few to slow the commands down. */
const MAX_WRITES = 4;

/** Events that a load had to read, beyond which a snapshot costs less than the next such load. */
const LONG_LOAD = 10;

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

  /**
   * Takes note of a person that had to be loaded: where many events had to be read, the next load need not do so again.
   * Far from each other in a large stream, they may take seconds.
   */
  offerLoaded(person: LoadedPerson, eventsRead: number): void {
    if (eventsRead < Math.min(LONG_LOAD, this.#frequency)) return;
    this.#waiting.set(person.personId, person);
    this.#startWrites();
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
