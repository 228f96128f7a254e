/**
 * The application layer over any stores, as one instance of the service has it.
 *
 * @module
 */
import {
  type CommandDependencies,
  type CommandResult,
  handleCommand,
} from "../../src/application/handle_command.ts";
import type { LoadedPerson } from "../../src/application/loaded_person.ts";
import { PastCommands } from "../../src/application/past_commands.ts";
import { PersonCache } from "../../src/application/person_cache.ts";
import type { Clock, CommandOutcome, EventStore } from "../../src/application/ports.ts";
import { decodeCommand } from "../../src/nats/command_codec.ts";
import { personCommand } from "./arbitraries.ts";
import { assertThat } from "./assert_that.ts";
import { MemorySnapshotStore } from "./memory_snapshot_store.ts";
import type { ReceivedCommand } from "../../src/application/received_command.ts";

/** When everything happens. */
export const NOW = "2026-01-02T03:04:05.678Z";

/** Stands still for stamps, runs for deadlines. */
export const fixedClock: Clock = { now: () => NOW, monotonicMs: () => performance.now() };

/** Any command that is read when it comes over the wire. */
export const sendableCommand = personCommand.filter((command) =>
  !JSON.stringify(command).includes("__proto__")
);

/** What comes with a command; by default a new id and nothing else. */
export type Accompanying = Partial<Omit<ReceivedCommand, "command" | "commandHash" | "bytes">>;

/** An instance of the service without NATS, with a cache of its own. */
export class TestApplication {
  readonly dependencies: CommandDependencies;
  /** Every person that was told to have a new event. */
  readonly stored: LoadedPerson[] = [];

  /** @param changed in place of what is there by default */
  constructor(events: EventStore, changed: Partial<CommandDependencies> = {}) {
    this.dependencies = {
      stores: { events, snapshots: new MemorySnapshotStore() },
      cache: new PersonCache(1_000_000),
      past: new PastCommands(),
      clock: fixedClock,
      maxConflictRetries: 10,
      onStored: (person) => this.stored.push(person),
      onLoaded: () => {},
      ...changed,
    };
  }

  /** Handles a command from its JSON, within a second unless said. */
  async handle(
    json: unknown,
    accompanying: Accompanying = {},
    deadline: number = performance.now() + 1_000,
  ): Promise<CommandResult> {
    return await handleCommand(await received(json, accompanying), deadline, this.dependencies);
  }

  /** Handles a command that must be accepted. */
  async accept(json: unknown, accompanying: Accompanying = {}): Promise<CommandOutcome> {
    const result = await this.handle(json, accompanying, performance.now() + 5_000);
    assertThat("accepted" in result, JSON.stringify(result));
    return result.accepted;
  }
}

/** A command as it comes out of the codec. */
export async function received(
  json: unknown,
  accompanying: Accompanying = {},
): Promise<ReceivedCommand> {
  const decoded = await decodeCommand({ data: new TextEncoder().encode(JSON.stringify(json)) });
  const commandId = accompanying.commandId ?? decoded.commandId;
  return { ...decoded, correlationId: commandId, ...accompanying, commandId };
}

/** A store with some of its methods replaced, to let others write or fail at a chosen moment. */
export function altered(store: EventStore, changed: Partial<EventStore>): EventStore {
  return {
    readLast: (...given) => store.readLast(...given),
    readTail: (...given) => store.readTail(...given),
    readFrom: (...given) => store.readFrom(...given),
    append: (...given) => store.append(...given),
    ...changed,
  };
}

/** A store that counts what is asked of it. */
export function counted(store: EventStore): EventStore & { reads: number; appends: number } {
  const counting = {
    reads: 0,
    appends: 0,
    ...altered(store, {
      readLast: (...given) => {
        counting.reads++;
        return store.readLast(...given);
      },
      append: (...given) => {
        counting.appends++;
        return store.append(...given);
      },
    }),
  };
  return counting;
}
