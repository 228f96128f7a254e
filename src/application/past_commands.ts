import type { Instant, PersonId } from "../domain/values.ts";
import { StoreUnavailable } from "./failures.ts";
import { type LoadedPerson, outcomeOf } from "./loaded_person.ts";
import type { AcceptedCommand, Deadline, EventStore, StoredEvent } from "./ports.ts";
import { personIdsOf, type ReceivedCommand } from "./received_command.ts";

/** Some 30 MB. */
const MAX_COMMANDS = 100_000;

/** What a person accepted from a time on, up to a place in the stream. */
type Past = { since: Instant; next: number; commands: Map<string, AcceptedCommand>; size: number };

/**
 * What busy persons have accepted, also before the commands that they remember: an instance may have stored an event and
 * ended before it could say so, and the command is delivered again. Read from the person's history then, and kept for
 * others that come again.
 */
export class PastCommands {
  readonly #persons = new Map<PersonId, Past>();
  readonly #maxCommands: number;
  #size = 0;

  /** @param maxCommands kept of all persons together */
  constructor(maxCommands: number = MAX_COMMANDS) {
    this.#maxCommands = maxCommands;
  }

  /**
   * The command as it was accepted when it was delivered before, where its person may have forgotten it; undefined where
   * it was not accepted, or the person knows.
   * Rejects as `EventStore.readFrom`, and with `StoreUnavailable` for a history that is out of date. The caller sees to
   * it that nothing else asks for the same person meanwhile.
   */
  async find(
    { command, commandId, publishedAt }: ReceivedCommand,
    person: LoadedPerson,
    events: EventStore,
    deadline: Deadline,
  ): Promise<AcceptedCommand | undefined> {
    const { rememberedFrom } = person.commands;
    if (publishedAt === undefined || rememberedFrom === 0) return undefined;
    const [personId] = personIdsOf(command);
    const known = this.#persons.get(personId);
    const reachesBack = known !== undefined && known.since <= publishedAt;
    const past = reachesBack ? known : newPast(publishedAt);
    if (!reachesBack || rememberedFrom > past.next) {
      const start = reachesBack ? { sequence: past.next } : { time: publishedAt };
      add(past, await events.readFrom(personId, start, deadline, person.head), person);
      // A leader that was cut off tells an old history: what is missing of it may hold the command.
      if (rememberedFrom > past.next) {
        throw new StoreUnavailable("The history ends before what is known", "not stored");
      }
    }
    this.#keep(personId, past);
    return past.commands.get(commandId);
  }

  /** Forgets everything. */
  clear(): void {
    this.#persons.clear();
    this.#size = 0;
  }

  /** Of too many, those that nobody asked for the longest go. */
  #keep(personId: PersonId, past: Past): void {
    this.#drop(personId);
    past.size = past.commands.size;
    this.#size += past.size;
    this.#persons.set(personId, past);
    for (const [oldest] of this.#persons) {
      if (this.#size <= this.#maxCommands) break;
      this.#drop(oldest);
    }
  }

  #drop(personId: PersonId): void {
    this.#size -= this.#persons.get(personId)?.size ?? 0;
    this.#persons.delete(personId);
  }
}

function newPast(since: Instant): Past {
  return { since, next: 0, commands: new Map(), size: 0 };
}

function add(past: Past, history: StoredEvent[], { head }: LoadedPerson): void {
  for (const stored of history) {
    const { envelope: { causation_id: id }, commandHash: hash } = stored;
    if (hash !== null) past.commands.set(id, { id, hash, outcome: outcomeOf(stored) });
  }
  past.next = Math.max(past.next, (history.at(-1)?.streamSequence ?? head) + 1);
}
