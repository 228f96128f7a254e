import type { Snapshot, SnapshotStore } from "../../src/application/ports.ts";
import type { PersonId } from "../../src/domain/values.ts";

/** Snapshots kept in memory. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #snapshots = new Map<PersonId, Snapshot>();

  /** The person's snapshot, as it was written. */
  read(personId: PersonId): Promise<Snapshot | null> {
    return Promise.resolve(structuredClone(this.#snapshots.get(personId) ?? null));
  }

  /** Replaces what was there. */
  write(snapshot: Snapshot): Promise<void> {
    this.#snapshots.set(snapshot.personId, structuredClone(snapshot));
    return Promise.resolve();
  }
}
