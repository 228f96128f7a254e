import { decide, MAX_STATE_BYTES, type Rejection } from "../domain/decide.ts";
import {
  type EventEnvelope,
  occurredAt,
  type PersonEvent,
  personOf,
  SCHEMA_VERSION,
} from "../domain/events.ts";
import type { Instant, PersonId } from "../domain/values.ts";
import { type LoadedPerson, stateBytesOf } from "./loaded_person.ts";
import type { Append, CommandOutcome, PendingEvent } from "./ports.ts";
import type { ReceivedCommand } from "./received_command.ts";

/** A command that was refused for good: nothing of it was stored. Codes: wire.md, Replies. */
export type Refusal = {
  code: Rejection["code"] | "ConcurrencyConflict" | "IdempotencyConflict";
  message: string;
  details?: unknown;
  personId: PersonId;
  /** 0: no such person. */
  version: number;
};

/**
 * What a command comes to on a given state of its persons. `outdated`: the state of a merge's source is older than
 * that of its target, which knows the command already.
 */
export type Verdict =
  | { repeated: CommandOutcome }
  | { outdated: true }
  | { refused: Refusal }
  | { pending: Append };

/**
 * Known id, then Expected-Version, then the domain's decision. Source: wire.md, order of checks.
 * @param persons in the order of `personIdsOf`
 */
export function judgeCommand(
  received: ReceivedCommand,
  persons: [LoadedPerson, ...LoadedPerson[]],
  now: Instant,
): Verdict {
  const [person, target] = persons;
  const earlier = findEarlier(received.commandId, persons);
  if (earlier !== undefined) {
    if (earlier.hash !== received.commandHash) {
      return { refused: idempotencyConflict(received, person) };
    }
    return earlier.person === person ? { repeated: earlier.outcome } : { outdated: true };
  }
  const { command, expectedVersion } = received;
  if (expectedVersion !== null && expectedVersion !== person.version) {
    return { refused: wrongVersion(person, expectedVersion) };
  }
  const decision = decide(command, person.state, {
    now,
    stateBytes: stateBytesOf(person, received.bytes, MAX_STATE_BYTES),
    ...(target === undefined ? {} : { target: target.state }),
  });
  if ("rejected" in decision) return { refused: { ...decision.rejected, ...subject(person) } };
  const [first, ...others] = decision.accepted.map((event) => toPending(event, received, persons));
  if (first === undefined) throw new Error(`Accepted "${command.type}" has no event`);
  return { pending: [first, ...others] };
}

/** The refusal of a command whose id was used before for another one. */
export function idempotencyConflict(received: ReceivedCommand, person: LoadedPerson): Refusal {
  return {
    code: "IdempotencyConflict",
    message:
      `Command id "${received.commandId}" was used before for another command: send a new command with a new id`,
    ...subject(person),
  };
}

/** The refusal of a command that met another writer's event each time it was decided. */
export function conflictsExhausted(person: LoadedPerson, tries: number): Refusal {
  return {
    code: "ConcurrencyConflict",
    message:
      `Person "${person.personId}" was changed by others ${tries} times while the command was being decided: send it again`,
    ...subject(person),
  };
}

function wrongVersion(person: LoadedPerson, expectedVersion: number): Refusal {
  return {
    code: "ConcurrencyConflict",
    message:
      `Expected version ${expectedVersion}, but person "${person.personId}" is at version ${person.version}`,
    details: { expected_version: expectedVersion, actual_version: person.version },
    ...subject(person),
  };
}

function subject(person: LoadedPerson): { personId: PersonId; version: number } {
  return { personId: person.personId, version: person.version };
}

/** A merge counts for both persons, but only the source, asked first, knows its outcome. */
function findEarlier(commandId: string, persons: LoadedPerson[]) {
  for (const person of persons) {
    const earlier = person.commands.find(commandId);
    if (earlier !== undefined) return { person, ...earlier };
  }
}

function toPending(
  event: PersonEvent,
  received: ReceivedCommand,
  persons: LoadedPerson[],
): PendingEvent {
  const personId = personOf(event);
  const person = persons.find((candidate) => candidate.personId === personId);
  if (person === undefined) throw new Error(`Event "${event.type}" is of another person`);
  const envelope: EventEnvelope = {
    aggregate_id: personId,
    sequence: person.version + 1,
    event,
    timestamp: occurredAt(event),
    correlation_id: received.correlationId,
    causation_id: received.commandId,
    schema_version: SCHEMA_VERSION,
  };
  const { commandHash, traceparent } = received;
  return { envelope, expectedHead: person.head, commandHash, traceparent };
}
