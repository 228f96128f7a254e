import type { AcceptedCommand } from "./ports.ts";

/** Commands a person remembers. Source: wire.md, `Nats-Msg-Id`. */
export const REMEMBERED_COMMANDS = 100;

/** How many more the shared list may hold before it is copied: a copy now and then instead of one for each command. */
const SPARE = 25;

/** A map by id would make the engine intern each id that it is asked for, which takes longer than to look at all keys. */
type Shared = { commands: AcceptedCommand[]; keys: number[] };

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
    const last = commands.slice(-REMEMBERED_COMMANDS);
    return new RememberedCommands({ commands: last, keys: last.map(({ id }) => keyOf(id)) });
  }

  /** These and one more; the oldest is forgotten for it when there are as many as a person remembers. */
  with(command: AcceptedCommand): RememberedCommands {
    const isExtendable = this.#shared.commands.length === this.#end &&
      this.#end < REMEMBERED_COMMANDS + SPARE;
    const shared = isExtendable ? this.#shared : this.#copy();
    shared.commands.push(command);
    shared.keys.push(keyOf(command.id));
    return new RememberedCommands(shared);
  }

  /** The command with this id. */
  find(id: string): AcceptedCommand | undefined {
    const { commands, keys } = this.#shared;
    const key = keyOf(id);
    const end = this.#end;
    for (
      let index = keys.indexOf(key, this.#start);
      index !== -1 && index < end;
      index = keys.indexOf(key, index + 1)
    ) {
      if (commands[index]?.id === id) return commands[index];
    }
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

  #copy(): Shared {
    const { commands, keys } = this.#shared;
    return {
      commands: commands.slice(this.#start, this.#end),
      keys: keys.slice(this.#start, this.#end),
    };
  }

  get #start(): number {
    return Math.max(0, this.#end - REMEMBERED_COMMANDS);
  }
}

/** Those at the end, where ids that are counted or made of time and chance differ. */
const TELLING_CHARACTERS = 8;

/** A small whole number, mostly another for another id (FNV-1a). */
function keyOf(id: string): number {
  let key = 0x811c9dc5;
  for (let index = Math.max(0, id.length - TELLING_CHARACTERS); index < id.length; index++) {
    key = Math.imul(key ^ id.charCodeAt(index), 0x01000193);
  }
  return key & 0x3fffffff;
}
