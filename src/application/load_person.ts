import { getLogger } from "@logtape/logtape";
import type { PersonId } from "../domain/values.ts";
import {
  fold,
  fromSnapshot,
  type LoadedPerson,
  positionOf,
  unknownPerson,
} from "./loaded_person.ts";
import type { Deadline, EventStore, Head, SnapshotStore, StoredEvent } from "./ports.ts";
import { UnreadableHistory } from "./failures.ts";

const logger = getLogger(["person-service", "load"]);

/** Where persons are loaded from. */
export type Stores = { events: EventStore; snapshots: SnapshotStore };

/** Told how many events a load had to read beside the last one. */
export type OnLoaded = (person: LoadedPerson, eventsRead: number) => void;

/** What else a load takes. */
export type LoadOptions = {
  onLoaded?: OnLoaded;
  /** A head that the person is known to have had. */
  knownHead?: Head | undefined;
};

/**
 * The person as the stream's leader knows it now.
 * @param known an earlier state of this process, used in place of a snapshot
 */
export async function loadPerson(
  personId: PersonId,
  known: LoadedPerson | undefined,
  stores: Stores,
  deadline: Deadline,
  { onLoaded, knownHead = 0 }: LoadOptions = {},
): Promise<LoadedPerson> {
  const replay = (tail: StoredEvent[], before: LoadedPerson): LoadedPerson => {
    const person = tail.reduce(fold, before);
    onLoaded?.(person, tail.length);
    return person;
  };
  // A snapshot tells of no head: it may be left of a stream that was restored, or of a person that has expired.
  const leastHead = Math.max(known?.head ?? 0, knownHead);
  const [base, last] = await Promise.all([
    known ?? readSnapshot(personId, stores.snapshots),
    stores.events.readLast(personId, deadline, leastHead),
  ]);
  if (last === null) return unknownPerson(personId);
  if (base !== undefined) {
    if (isAfter(base, last)) return base;
    // A base beyond the head is from before the stream was restored.
    if (base.head < last.streamSequence) {
      const tail = await stores.events.readTail(last, positionOf(base), deadline);
      if (tail !== null) return replay(tail, base);
    }
    logger.warn("Ignored a state at {head} of person {personId}: the stream has another history", {
      head: base.head,
      personId,
    });
  }
  const history = await stores.events.readTail(last, null, deadline);
  if (history === null) {
    throw new UnreadableHistory(personId, last.streamSequence, "History has no first event");
  }
  return replay(history, unknownPerson(personId));
}

/** Whether the state is the one that this event led to. */
function isAfter(person: LoadedPerson, event: StoredEvent): boolean {
  return person.head === event.streamSequence && person.last?.eventHash === event.eventHash &&
    person.version === event.envelope.sequence;
}

async function readSnapshot(
  personId: PersonId,
  snapshots: SnapshotStore,
): Promise<LoadedPerson | undefined> {
  try {
    const snapshot = await snapshots.read(personId);
    return snapshot === null ? undefined : fromSnapshot(snapshot);
  } catch (error) {
    // A snapshot only saves time: without it the history tells the same.
    logger.warn("Snapshot of person {personId} could not be read", { personId, error });
    return undefined;
  }
}
