import { Buffer } from "node:buffer";
import type { PersonEvent } from "../domain/events.ts";
import { evolve, initialState, type PersonState } from "../domain/person.ts";
import type { PersonId } from "../domain/values.ts";
import type { CommandOutcome, Head, Position, Snapshot, StoredEvent } from "./ports.ts";
import { RememberedCommands } from "./remembered_commands.ts";
import { UnreadableHistory } from "./failures.ts";

/** A person as its history up to `head` tells it. Never changed in place. */
export type LoadedPerson = {
  personId: PersonId;
  /** null: no such person. */
  state: PersonState;
  version: number;
  head: Head;
  /** The event at `head`, of which only the hash is of use any more; null without one. */
  last: { readonly eventHash: string } | null;
  /** What it accepted last. */
  commands: RememberedCommands;
  /** JSON bytes of `state` when they were last counted, and what the events since then had at most to add. */
  stateBytes: { counted: number; addedAtMost: number };
};

/** The person before its first event. */
export function unknownPerson(personId: PersonId): LoadedPerson {
  return {
    personId,
    state: initialState,
    version: 0,
    head: 0,
    last: null,
    commands: RememberedCommands.of([]),
    stateBytes: { counted: 0, addedAtMost: 0 },
  };
}

/** The person that a snapshot holds. */
export function fromSnapshot(snapshot: Snapshot): LoadedPerson {
  const { personId, state, head, eventHash } = snapshot;
  const last = { eventHash };
  const commands = RememberedCommands.of(snapshot.commands);
  const stateBytes = { counted: jsonBytes(state), addedAtMost: 0 };
  return { personId, state, version: state.version, head, last, commands, stateBytes };
}

/** What is kept of the person; null before the first event. */
export function toSnapshot(person: LoadedPerson, timestamp: string): Snapshot | null {
  const { personId, state, commands, head, last } = person;
  if (state === null || last === null) return null;
  const { eventHash } = last;
  return { personId, state, commands: [...commands], head, eventHash, timestamp };
}

/** Where the person stands in its history; null before the first event. */
export function positionOf(person: LoadedPerson): Position | null {
  const { version, head, last } = person;
  return last === null ? null : { version, head, eventHash: last.eventHash };
}

/**
 * The person after one more event of its history.
 * Throws `UnreadableHistory` when the event is not the next one.
 */
export function fold(person: LoadedPerson, stored: StoredEvent): LoadedPerson {
  const { envelope, streamSequence } = stored;
  const state = evolve(person.state, envelope.event);
  if (
    envelope.aggregate_id !== person.personId || envelope.sequence !== person.version + 1 ||
    state?.version !== envelope.sequence
  ) {
    throw new UnreadableHistory(
      person.personId,
      streamSequence,
      `Event "${envelope.event.type}" numbered ${envelope.sequence} can't follow version ${person.version} of person "${person.personId}"`,
    );
  }
  return {
    personId: person.personId,
    state,
    version: state.version,
    head: streamSequence,
    last: stored,
    commands: remember(person.commands, stored),
    stateBytes: addStateBytes(person.stateBytes, state, stored.bytes),
  };
}

/** JSON bytes of the person's state, exact only where that can matter to a limit of `limitBytes`. */
export function stateBytesOf(
  { state, stateBytes }: LoadedPerson,
  additionalBytes: number,
  limitBytes: number,
): number {
  const atMost = stateBytes.counted + stateBytes.addedAtMost;
  return atMost + additionalBytes <= limitBytes ? atMost : jsonBytes(state);
}

/** What the command that caused the event was answered, told from its first event alone. */
export function outcomeOf(stored: StoredEvent): CommandOutcome {
  const { envelope, streamSequence } = stored;
  // A merge stores the source's event and right after it the target's, in one batch.
  const isMerge = isMergeEvent(envelope.event);
  return {
    version: envelope.sequence,
    eventsGenerated: isMerge ? 2 : 1,
    streamSequence: envelope.event.type === "PersonMergedInto"
      ? streamSequence + 1
      : streamSequence,
  };
}

function isMergeEvent(event: PersonEvent): boolean {
  return event.type === "PersonMergedInto" || event.type === "PersonAbsorbed";
}

function remember(commands: RememberedCommands, stored: StoredEvent): RememberedCommands {
  const { envelope, commandHash: hash } = stored;
  if (hash === null) return commands;
  return commands.with({ id: envelope.causation_id, hash, outcome: outcomeOf(stored) });
}

/** What a state has beyond the data of the events it was made of: names of members, nulls, the version. */
const STATE_FRAME_BYTES = 1_024;

/** Counts again only when as much was added as there was: on average each event is looked at a few times. */
function addStateBytes(
  { counted, addedAtMost }: LoadedPerson["stateBytes"],
  state: PersonState,
  eventBytes: number,
): LoadedPerson["stateBytes"] {
  const added = addedAtMost + eventBytes + (counted === 0 ? STATE_FRAME_BYTES : 0);
  return added > counted + 2 * STATE_FRAME_BYTES
    ? { counted: jsonBytes(state), addedAtMost: 0 }
    : { counted, addedAtMost: added };
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
