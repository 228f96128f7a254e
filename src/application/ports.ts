import type { EventEnvelope } from "../domain/events.ts";
import type { Person } from "../domain/person.ts";
import type { Instant, PersonId } from "../domain/values.ts";

/** Stream sequence of a person's last event; 0 = none. Not the version. */
export type Head = number;

/** A moment on the monotonic clock, in milliseconds, after which nobody waits for an answer. */
export type Deadline = number;

/** One event as the stream holds it. */
export type StoredEvent = {
  readonly envelope: EventEnvelope;
  readonly streamSequence: number;
  /** Head the event was decided on; null for an event written without that header. */
  readonly previousSequence: Head | null;
  /** null for an event written without that header: its command id is then not remembered. */
  readonly commandHash: string | null;
  /** SHA-256 (base64url) of the stored body. Tells a restored stream from the one we knew. */
  readonly eventHash: string;
  /** Of the stored body. */
  readonly bytes: number;
};

/** An event to be stored, with what its command has to tell beside the envelope. */
export type PendingEvent = {
  envelope: EventEnvelope;
  /** Head of its person that it was decided on; null: it follows the event before it in the same append. */
  expectedHead: Head | null;
  commandHash: string;
  traceparent: string | null;
};

/**
 * What is stored all or not at all: the events of one command, one a person, or those of several commands of one
 * person, each decided on the state that the ones before it make.
 */
export type Append = [PendingEvent, ...PendingEvent[]];

/**
 * - `stored`: the events are in the stream, in the order given.
 * - `conflict`: another event has moved a head, so nothing of this append is or will be stored. `heads` are those of the
 *   append's persons, in its order, where the leader told them.
 *   Of several commands it also says that they can't be stored together: each is to be decided again, by itself.
 * - `duplicate`: an event of this person with this command id was stored before, longer ago than the person remembers.
 */
export type AppendResult =
  | { outcome: "stored"; events: StoredEvent[] }
  | { outcome: "conflict"; heads?: Head[] }
  | { outcome: "duplicate"; event: StoredEvent };

/** Where reading begins: with the event at a stream sequence, or with what was stored at a time by the server's clock. */
export type Start = { sequence: number } | { time: Instant };

/** Where a known state stands in the person's history. */
export type Position = { version: number; head: Head; eventHash: string };

/** Every method waits until the deadline at most, then throws `StoreUnavailable`. */
export interface EventStore {
  /**
   * The person's last event, vouched for by the stream's leader; null = none.
   * Throws `UnreadableHistory` when it can't be read.
   *
   * @param known a head that the person is known to have had: what tells of less is believed only after a while
   */
  readLast(personId: PersonId, deadline: Deadline, known?: Head): Promise<StoredEvent | null>;
  /**
   * The events after `after` (null: from the first) up to and including `last`, oldest first.
   * null when the history does not join up with `after`. Throws `UnreadableHistory` when an event is missing or damaged.
   */
  readTail(
    last: StoredEvent,
    after: Position | null,
    deadline: Deadline,
  ): Promise<StoredEvent[] | null>;
  /**
   * The person's events from `start` on, oldest first, up to its last one when this is called.
   * Throws `UnreadableHistory` when an event is missing or damaged.
   *
   * @param known as for `readLast`
   */
  readFrom(
    personId: PersonId,
    start: Start,
    deadline: Deadline,
    known?: Head,
  ): Promise<StoredEvent[]>;
  /** Stores all events or none, each only if its person's head is still the expected one. */
  append(append: Append, deadline: Deadline): Promise<AppendResult>;
}

/** A person's state at a version, kept so that loading does not read the whole history. */
export type Snapshot = {
  personId: PersonId;
  state: Person;
  commands: AcceptedCommand[];
  head: Head;
  eventHash: string;
  /** ISO 8601, UTC. */
  timestamp: string;
};

/** What the person remembers of a command it accepted, oldest first, the last 100. */
export type AcceptedCommand = { id: string; hash: string; outcome: CommandOutcome };

/** The answer to an accepted command. Source: wire.md, Replies. */
export type CommandOutcome = {
  version: number;
  eventsGenerated: number;
  /** Stream sequence of the last event it stored. */
  streamSequence: number;
};

/** Where snapshots are kept. Losing them costs time, never an event. */
export interface SnapshotStore {
  /** null when there is none that this version can use. Throws when the store can't be reached. */
  read(personId: PersonId): Promise<Snapshot | null>;
  /** Keeps what is there if that is newer, or of a newer format. */
  write(snapshot: Snapshot): Promise<void>;
}

/** The time, for stamps and for waiting. */
export type Clock = {
  /** ISO 8601, UTC, with milliseconds. */
  now(): string;
  /** Monotonic milliseconds, the scale of `Deadline`. */
  monotonicMs(): number;
};
