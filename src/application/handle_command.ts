import { setTimeout as delay } from "node:timers/promises";
import {
  conflictsExhausted,
  idempotencyConflict,
  judgeCommand,
  type Refusal,
} from "./judge_command.ts";
import { load, loadAgain, type Persons, recall, recordStored } from "./known_persons.ts";
import type { OnLoaded, Stores } from "./load_person.ts";
import { type LoadedPerson, outcomeOf } from "./loaded_person.ts";
import type { PastCommands } from "./past_commands.ts";
import type { PersonCache } from "./person_cache.ts";
import type { Clock, CommandOutcome, Deadline } from "./ports.ts";
import type { ReceivedCommand } from "./received_command.ts";

/** What became of a command. */
export type CommandResult = { accepted: CommandOutcome } | { refused: Refusal };

/** What handling a command takes from its surroundings. */
export type CommandDependencies = {
  stores: Stores;
  cache: PersonCache;
  past: PastCommands;
  clock: Clock;
  /** How often a command may meet another writer's event before it is refused. */
  maxConflictRetries: number;
  /** Told of each person that has a new event. */
  onStored: (person: LoadedPerson) => void;
  /** Told of each person whose events had to be read. */
  onLoaded: OnLoaded;
};

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
  let persons = recall(received, deps) ?? await load(received, deadline, deps);
  for (let conflicts = 0;;) {
    const past = received.publishedAt && await findPast(received, persons, deadline, deps);
    if (past) return past;
    const verdict = judgeCommand(received, persons.loaded, deps.clock.now());
    if ("repeated" in verdict) return { accepted: verdict.repeated };
    if ("outdated" in verdict) {
      persons = await loadAgain(received, deadline, deps);
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
    if (received.ensureNotRefused) await received.ensureNotRefused(deadline);
    const result = await deps.stores.events.append(verdict.pending, deadline);
    if (result.outcome === "stored") {
      return { accepted: recordStored(result.events, persons.loaded, deps) };
    }
    if (result.outcome === "duplicate") {
      const { event } = result;
      return resultOf({ hash: event.commandHash, outcome: outcomeOf(event) }, received, person);
    }
    persons = await load(received, deadline, deps, result.heads);
    conflicts++;
    // Growing jitter, so that two instances do not meet on a hot person again and again.
    await delay(Math.random() * Math.min(2 ** conflicts, 100));
  }
}

/** What became of a command that was accepted when it was delivered before, where its person forgot that. */
async function findPast(
  received: ReceivedCommand,
  { loaded: [person] }: Persons,
  deadline: Deadline,
  { past, stores }: CommandDependencies,
): Promise<CommandResult | undefined> {
  const earlier = await past.find(received, person, stores.events, deadline);
  return earlier && resultOf(earlier, received, person);
}

/** What became of a command that was accepted long ago. */
function resultOf(
  { hash, outcome }: { hash: string | null; outcome: CommandOutcome },
  received: ReceivedCommand,
  person: LoadedPerson,
): CommandResult {
  return hash === received.commandHash
    ? { accepted: outcome }
    : { refused: idempotencyConflict(received, person) };
}
