import type { PersonId } from "../domain/values.ts";
import { StoreUnavailable } from "./failures.ts";
import type { CommandDependencies } from "./handle_command.ts";
import { loadPerson } from "./load_person.ts";
import { fold, type LoadedPerson, outcomeOf, unknownPerson } from "./loaded_person.ts";
import type { CommandOutcome, Deadline, Head, StoredEvent } from "./ports.ts";
import { personIdsOf, type ReceivedCommand } from "./received_command.ts";

/** The command's persons; `vouched` when the stream's leader vouched for all of them since the command came in. */
export type Persons = { loaded: [LoadedPerson, ...LoadedPerson[]]; vouched: boolean };

/** The persons as this process knows them; undefined where it does not. */
export function recall(
  received: ReceivedCommand,
  { cache }: CommandDependencies,
): Persons | undefined {
  const [id, ...others] = personIdsOf(received.command);
  // Most ids of new persons are new: tried at once, a conflict loads the person.
  const isNew = received.command.type === "CreatePerson";
  const first = cache.get(id) ?? (isNew ? unknownPerson(id) : undefined);
  if (first === undefined) return undefined;
  const rest = others.flatMap((other) => cache.get(other) ?? []);
  return rest.length < others.length ? undefined : { loaded: [first, ...rest], vouched: false };
}

/**
 * The persons as the stream's leader knows them now.
 * @param heads that they are known to have had
 */
export async function load(
  received: ReceivedCommand,
  deadline: Deadline,
  { cache, stores, onLoaded }: CommandDependencies,
  heads: Head[] = [],
): Promise<Persons> {
  const loadOne = async (id: PersonId, knownHead: Head | undefined) => {
    const person = await loadPerson(id, cache.get(id), stores, deadline, { onLoaded, knownHead });
    if (person.version > 0) cache.set(person);
    else cache.delete(id);
    return person;
  };
  const [id, ...others] = personIdsOf(received.command);
  const [first, ...rest] = await Promise.all([
    loadOne(id, heads[0]),
    ...others.map((other, index) => loadOne(other, heads[index + 1])),
  ]);
  return { loaded: [first, ...rest], vouched: true };
}

/** As `load`, of a command that is stored by what one of its persons says: a failure to look leaves its outcome unknown. */
export async function loadAgain(
  received: ReceivedCommand,
  deadline: Deadline,
  deps: CommandDependencies,
): Promise<Persons> {
  try {
    return await load(received, deadline, deps);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new StoreUnavailable(error.message, "unknown", { cause: error });
  }
}

/** Takes note of events that were stored; gives the outcome of the command that the first is of. */
export function recordStored(
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
