import { setTimeout as delay } from "node:timers/promises";
import type { PersonId } from "../domain/values.ts";
import {
  conflictsExhausted,
  idempotencyConflict,
  judgeCommand,
  type Refusal,
} from "./judge_command.ts";
import { loadPerson, type Stores } from "./load_person.ts";
import { fold, type LoadedPerson, outcomeOf, unknownPerson } from "./loaded_person.ts";
import type { PersonCache } from "./person_cache.ts";
import type { Clock, CommandOutcome, Deadline, StoredEvent } from "./ports.ts";
import { personIdsOf, type ReceivedCommand } from "./received_command.ts";
import { StoreUnavailable } from "./failures.ts";

/** What became of a command. */
export type CommandResult = { accepted: CommandOutcome } | { refused: Refusal };

/** What handling a command takes from its surroundings. */
export type CommandDependencies = {
  stores: Stores;
  cache: PersonCache;
  clock: Clock;
  /** How often a command may meet another writer's event before it is refused. */
  maxConflictRetries: number;
  /** Told of each person that has a new event. */
  onStored: (person: LoadedPerson) => void;
};

/** The command's persons; `vouched` when the stream's leader vouched for all of them since the command came in. */
type Persons = { loaded: [LoadedPerson, ...LoadedPerson[]]; vouched: boolean };

/**
 * Decides a command on the present state of its persons and stores the events.
 * The caller sees to it that no other command of these persons runs in this process.
 *
 * Throws `StoreUnavailable` at the deadline and `UnreadableHistory` for a person whose history can't be read.
 */
export async function handleCommand(
  received: ReceivedCommand,
  deadline: Deadline,
  deps: CommandDependencies,
): Promise<CommandResult> {
  let persons = await recall(received, deadline, deps);
  for (let conflicts = 0;;) {
    const verdict = judgeCommand(received, persons.loaded, deps.clock.now());
    if ("repeated" in verdict) return { accepted: verdict.repeated };
    if ("outdated" in verdict) {
      persons = await load(received, deadline, deps);
      continue;
    }
    if ("refused" in verdict) {
      if (persons.vouched) return verdict;
      // What this process remembers may be out of date: a refusal needs the leader's word.
      persons = await load(received, deadline, deps);
      continue;
    }
    const [person] = persons.loaded;
    if (conflicts > deps.maxConflictRetries) {
      return { refused: conflictsExhausted(person, conflicts) };
    }
    const result = await deps.stores.events.append(verdict.pending, deadline);
    if (result.outcome === "stored") {
      return { accepted: recordStored(result.events, persons.loaded, deps) };
    }
    if (result.outcome === "duplicate") {
      return result.event.commandHash === received.commandHash
        ? { accepted: outcomeOf(result.event) }
        : { refused: idempotencyConflict(received, person) };
    }
    persons = await reload(received, result.unclear, deadline, deps);
    conflicts++;
    // Growing jitter, so that two instances do not meet on a hot person again and again.
    await delay(Math.random() * Math.min(2 ** conflicts, 100));
  }
}

/** The persons as this process knows them, at the cost of no read where it does. */
async function recall(
  received: ReceivedCommand,
  deadline: Deadline,
  deps: CommandDependencies,
): Promise<Persons> {
  const [id, ...others] = personIdsOf(received.command);
  // Most ids of new persons are new: tried at once, a conflict loads the person.
  const isNew = received.command.type === "CreatePerson";
  const first = deps.cache.get(id) ?? (isNew ? unknownPerson(id) : undefined);
  const rest = others.flatMap((other) => deps.cache.get(other) ?? []);
  return first === undefined || rest.length < others.length
    ? await load(received, deadline, deps)
    : { loaded: [first, ...rest], vouched: false };
}

/** The persons as the stream's leader knows them now. */
async function load(
  received: ReceivedCommand,
  deadline: Deadline,
  { cache, stores }: CommandDependencies,
): Promise<Persons> {
  const loadOne = async (id: PersonId) => {
    const person = await loadPerson(id, cache.get(id), stores, deadline);
    if (person.version > 0) cache.set(person);
    else cache.delete(id);
    return person;
  };
  const [id, ...others] = personIdsOf(received.command);
  const [first, ...rest] = await Promise.all([loadOne(id), ...others.map(loadOne)]);
  return { loaded: [first, ...rest], vouched: true };
}

/** After a conflict: where it can't be told what moved the head, a failure to look leaves the outcome unknown. */
async function reload(
  received: ReceivedCommand,
  unclear: boolean,
  deadline: Deadline,
  deps: CommandDependencies,
): Promise<Persons> {
  try {
    return await load(received, deadline, deps);
  } catch (error) {
    if (unclear && error instanceof StoreUnavailable) {
      throw new StoreUnavailable(error.message, "unknown", { cause: error });
    }
    throw error;
  }
}

function recordStored(
  events: StoredEvent[],
  persons: LoadedPerson[],
  { cache, onStored }: CommandDependencies,
): CommandOutcome {
  for (const stored of events) {
    const before = persons.find((person) => person.personId === stored.envelope.aggregate_id);
    if (before === undefined) throw new Error("An event of another person was stored");
    const after = fold(before, stored);
    cache.set(after);
    onStored(after);
  }
  const [first] = events;
  if (first === undefined) throw new Error("Nothing was stored");
  return outcomeOf(first);
}
