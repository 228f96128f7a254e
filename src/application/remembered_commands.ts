import type { AcceptedCommand } from "./ports.ts";

/** Commands a person remembers. Source: wire.md, `Nats-Msg-Id`. */
export const REMEMBERED_COMMANDS = 100;

/** How many more the shared list may hold before it is copied: a copy now and then instead of one for each command. */
const SPARE = 25;

type Shared = { commands: AcceptedCommand[]; indexById: Map<string, number> };

/**
 * The last commands that a person accepted, oldest first. Never changed: one that is made of another shares its list, of
 * which each knows the part that is its own.
 */
export class RememberedCommands {
  readonly #shared: Shared;
  readonly #end: number;

  private constructor(shared: Shared) {
    this.#shared = shared;
    this.#end = shared.commands.length;
  }

  /** @param commands oldest first; of more than a person remembers only the last ones are kept */
  static of(commands: AcceptedCommand[]): RememberedCommands {
    return new RememberedCommands(share(commands.slice(-REMEMBERED_COMMANDS)));
  }

  /** These and one more; the oldest is forgotten for it when there are as many as a person remembers. */
  with(command: AcceptedCommand): RememberedCommands {
    const { commands, indexById } = this.#shared;
    const isExtendable = commands.length === this.#end &&
      this.#end < REMEMBERED_COMMANDS + SPARE && !indexById.has(command.id);
    const shared = isExtendable ? this.#shared : share([...this]);
    shared.indexById.set(command.id, shared.commands.push(command) - 1);
    return new RememberedCommands(shared);
  }

  /** The command with this id. */
  find(id: string): AcceptedCommand | undefined {
    const index = this.#shared.indexById.get(id);
    return index === undefined || index < this.#start || index >= this.#end
      ? undefined
      : this.#shared.commands[index];
  }

  /** Where in the stream its memory begins: of all commands stored from there on it knows; 0 = of all. */
  get rememberedFrom(): number {
    const oldest = this.#shared.commands[this.#start];
    return this.size < REMEMBERED_COMMANDS ? 0 : oldest?.outcome.streamSequence ?? 0;
  }

  /** How many there are. */
  get size(): number {
    return this.#end - this.#start;
  }

  /** Oldest first. */
  [Symbol.iterator](): Iterator<AcceptedCommand> {
    return this.#shared.commands.slice(this.#start, this.#end).values();
  }

  get #start(): number {
    return Math.max(0, this.#end - REMEMBERED_COMMANDS);
  }
}

function share(commands: AcceptedCommand[]): Shared {
  return { commands, indexById: new Map(commands.map(({ id }, index) => [id, index])) };
}
