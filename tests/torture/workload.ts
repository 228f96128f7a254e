/**
 * The commands of a run: the same ones for the same seed.
 *
 * @module
 */
import { type CommandName, makeCommand } from "./made_commands.ts";
import { Random } from "./random.ts";

/** How a caller goes about a command that it sends to an instance. */
export type LiveManner =
  /** Waits longer than any service takes. */
  | "patient"
  /** Does not wait for the first reply. */
  | "hasty"
  /** Sends it twice at once. */
  | "twice";

/** How a caller goes about a command that it publishes to the inbox. */
export type DurableManner =
  /** Waits a while for its outcome. */
  | "durable"
  /** Goes on, and looks for its outcome meanwhile. */
  | "durable, read later";

/** How a caller goes about a command. */
export type Manner = LiveManner | DurableManner;

/** A command to be sent. */
export type PlannedCommand = {
  commandId: string;
  personId: string;
  command: unknown;
  manner: Manner;
  /** The version that the caller says it decided on: what it knows, or what can't be right. */
  expectation: "none" | "known" | "wrong";
  /** Lets it be when it is told that nothing was stored. */
  givesUp: boolean;
  /** Sends the command before the last so many again afterwards; 0: none. */
  repeats: number;
};

/** After so many commands that a caller has for such persons it goes on to others. */
const ERA = { hot: 30, group: 20, own: 8 };
/** Persons at a time. */
const PERSONS = { hot: 2, group: 3, own: 2 };
/** Callers that share persons. */
const GROUPS = 30;

type Scope = keyof typeof ERA;

const COMMANDS: [CommandName, number][] = [
  ["UpdateName", 55],
  ["RecordAttribute", 5],
  ["UpdateAttribute", 8],
  ["InvalidateAttribute", 3],
  ["SetBirthDate", 3],
  ["DeactivatePerson", 3],
  ["ReactivatePerson", 9],
  ["CreatePerson", 3],
  ["invalid", 5],
];

const MANNERS: [Manner, number][] = [
  ["patient", 78],
  ["hasty", 6],
  ["twice", 6],
  ["durable", 5],
  ["durable, read later", 5],
];

/** What ends a person here: not for those whom others share. */
const LAST_COMMANDS: [CommandName, number][] = [
  ["RecordDeath", 1],
  ["ArchivePerson", 1],
  ["MergePersons", 6],
];

/** Whether the command goes by way of the inbox. */
export function isDurable(manner: Manner): manner is DurableManner {
  return manner === "durable" || manner === "durable, read later";
}

/** What one caller sends. */
export class Workload {
  readonly #seed: string;
  readonly #caller: number;
  readonly #random: Random;
  readonly #counts = { hot: 0, group: 0, own: 0 };
  #lastCommandId = "";

  /**
   * Begins with the first command.
   * @param caller callers of a run are numbered from 0
   */
  constructor(seed: string, caller: number) {
    this.#seed = seed;
    this.#caller = caller;
    this.#random = new Random(`${seed}/caller ${caller}`);
  }

  /** The next command. */
  next(): PlannedCommand {
    const random = this.#random;
    const scope = random.weighted<Scope>([["hot", 25], ["group", 25], ["own", 50]]);
    const count = this.#counts[scope]++;
    const { hot, group, own } = this.#counts;
    const place = count % ERA[scope];
    // Whoever comes first creates them, or finds that others did.
    const isFirst = place < (scope === "own" ? PERSONS.own : 1);
    const personId = this.#person(scope, count, isFirst ? this.#caller + place : null);
    const targetScope = random.pick<Scope>(["hot", "group", "own"]);
    const targetId = this.#person(targetScope, this.#counts[targetScope], null);
    const name = isFirst ? "CreatePerson" : this.#choose(scope);
    const freshId = `${this.#caller}-${hot + group + own}`;
    const manner = random.weighted(MANNERS);
    // One id for two commands: for two persons it is another one, for one person a conflict. But outcomes of durable
    // commands are kept by their ids alone.
    const isOld = this.#lastCommandId !== "" && random.chance(0.03) && !isDurable(manner);
    const commandId = isOld ? this.#lastCommandId : freshId;
    this.#lastCommandId = commandId;
    return {
      commandId,
      personId,
      command: makeCommand(name, { personId, targetId, text: freshId, random }),
      manner,
      expectation: random.weighted([["none", 83], ["known", 14], ["wrong", 3]]),
      givesUp: random.chance(0.5),
      repeats: random.chance(0.03) ? random.integer(1, 20) : 0,
    };
  }

  #person(scope: Scope, count: number, place: number | null): string {
    const circle = { hot: "all", group: this.#caller % GROUPS, own: `caller ${this.#caller}` };
    const era = Math.floor(count / ERA[scope]);
    const number = (place ?? this.#random.integer(1, PERSONS[scope])) % PERSONS[scope];
    return new Random(`${this.#seed}/${scope}/${circle[scope]}/${era}/${number}`).uuid();
  }

  #choose(scope: Scope): CommandName {
    const isLast = scope === "own" && this.#random.chance(0.08);
    return this.#random.weighted(isLast ? LAST_COMMANDS : COMMANDS);
  }
}
