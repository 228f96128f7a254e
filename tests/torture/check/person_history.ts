import type { EventEnvelope } from "../../../src/domain/events.ts";
import { initialState, type PersonState } from "../../../src/domain/person.ts";
import type { SentCommand, SentCommands } from "./commands.ts";

/** Commands a person remembers. Source: wire.md, `Nats-Msg-Id`. */
const REMEMBERED_COMMANDS = 100;

/** One event of a person, and the state after it. */
export type Version = {
  seq: number;
  envelope: EventEnvelope;
  commandHash: string;
  /** SHA-256 of the stored body. */
  eventHash: string;
  state: PersonState;
  /** The command that caused it; undefined: none that was sent. */
  sent: SentCommand | undefined;
  /** Not committed before this time. */
  possibleFromMs: number;
  /** Committed by this time, for a reply had told so. */
  knownByMs: number;
};

/** A person's events in the order of the stream. */
export class PersonHistory {
  /** Version 1 comes first. */
  readonly versions: Version[] = [];
  /** The numbering or the links are wrong: what follows from them is not checked any more. */
  isBroken = false;
  readonly #byCommandId = new Map<string, Version[]>();

  /** The version's number after the last event. */
  get version(): number {
    return this.versions.length;
  }

  /** The event that led to this version. */
  at(version: number): Version | undefined {
    return this.versions[version - 1];
  }

  /** The state at this version; 0: before the first event. */
  stateAt(version: number): PersonState {
    return version === 0 ? initialState : this.at(version)?.state ?? initialState;
  }

  /** Adds the next event. */
  add(version: Version): void {
    this.versions.push(version);
    const commandId = version.envelope.causation_id;
    this.#byCommandId.set(commandId, [...this.versionsOf(commandId), version]);
  }

  /** The event at this version or before it by which the person remembers the command. */
  memoryOf(commandId: string, version: number): Version | undefined {
    return this.versionsOf(commandId).findLast(({ envelope: { sequence } }) =>
      sequence <= version && sequence > version - REMEMBERED_COMMANDS
    );
  }

  /** The events that a command with this id led to. */
  versionsOf(commandId: string): Version[] {
    return this.#byCommandId.get(commandId) ?? [];
  }

  /** The remembered commands at a version, oldest first. */
  rememberedAt(version: number): Version[] {
    return this.versions.slice(Math.max(0, version - REMEMBERED_COMMANDS), version);
  }

  /** Takes note that a reply told of this version. */
  wasToldOf(version: number, answeredMs: number): void {
    const told = this.at(version);
    if (told !== undefined) told.knownByMs = Math.min(told.knownByMs, answeredMs);
  }

  /** A version is committed after those before it, and known of at the latest with those after it. */
  spreadTimes(): void {
    let possibleFromMs = -Infinity;
    for (const version of this.versions) {
      possibleFromMs = version.possibleFromMs = Math.max(possibleFromMs, version.possibleFromMs);
    }
    let knownByMs = Infinity;
    for (const version of this.versions.toReversed()) {
      knownByMs = version.knownByMs = Math.min(knownByMs, version.knownByMs);
    }
  }

  /** The versions that may have been the current one at some time between these two. */
  currentBetween(fromMs: number, toMs: number): { first: number; last: number } {
    // Both times rise with the version.
    const first = this.versions.findIndex(({ knownByMs }) => knownByMs >= fromMs);
    const last = this.versions.findLastIndex(({ possibleFromMs }) => possibleFromMs <= toMs);
    return { first: first === -1 ? this.version : first, last: last + 1 };
  }
}

/** Notes for every version when replies told of it. */
export function noteReplies(persons: Map<string, PersonHistory>, sent: SentCommands): void {
  for (const { commandId, personIds, tries } of sent.all) {
    for (const { answer, answeredMs } of tries) {
      if (answer.kind === "accepted") {
        for (const personId of personIds) {
          const person = persons.get(personId);
          const [first] = person?.versionsOf(commandId) ?? [];
          if (first !== undefined) person?.wasToldOf(first.envelope.sequence, answeredMs);
        }
      } else if (answer.kind === "refused" && answer.failed.version !== undefined) {
        persons.get(personIds[0] ?? "")?.wasToldOf(answer.failed.version, answeredMs);
      }
    }
  }
  for (const person of persons.values()) person.spreadTimes();
}
