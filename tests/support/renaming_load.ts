/**
 * Callers that change persons' names without a break, whatever happens meanwhile.
 *
 * @module
 */
import { sendUntilAnswered } from "./callers.ts";
import { type AnyReply, type CommandClient, updateName } from "./command_client.ts";
import { isUnknown, type Sent } from "./histories.ts";

/** Longer than any instance takes to answer. */
const REQUEST_TIMEOUT_MS = 12_000;

/** `UpdateName` commands, each for the next of the persons and with an id of its own. */
export class RenamingLoad {
  /** Every command that was answered, or given up, so far. */
  readonly sent: Sent[] = [];
  readonly #clients: CommandClient[];
  readonly #personIds: string[];
  readonly #callers: Promise<void>[];
  #started = 0;
  #isOver = false;

  /**
   * Begins to send.
   * @param callers how many send at a time, each one after the other, spread over the clients
   */
  constructor(clients: CommandClient[], personIds: string[], callers: number) {
    this.#clients = clients;
    this.#personIds = personIds;
    this.#callers = Array.from({ length: callers }, (_, n) => this.#call(n));
  }

  /** How many were accepted so far. */
  get accepted(): number {
    return this.sent.filter(({ reply }) => reply !== null && reply.error === undefined).length;
  }

  /** Sends no further commands; resolves when all are answered or given up. */
  async stop(): Promise<Sent[]> {
    this.#isOver = true;
    await Promise.all(this.#callers);
    return this.sent;
  }

  /** Sends each command whose outcome is unknown again, with the same id, until it is known. */
  async settle(client: CommandClient): Promise<Sent[]> {
    const unknown = this.sent.filter(({ reply }) => reply === null || isUnknown(reply));
    return await Promise.all(unknown.map(async ({ commandId }) => {
      const command = this.#command(commandId);
      return { commandId, reply: await sendUntilAnswered(client, command, commandId) };
    }));
  }

  async #call(caller: number): Promise<void> {
    const client = this.#clients[caller % this.#clients.length];
    if (client === undefined) throw new Error("A load needs a client");
    while (!this.#isOver) {
      const commandId = `c-${this.#started++}`;
      this.sent.push({
        commandId,
        reply: await request(client, this.#command(commandId), commandId),
      });
    }
  }

  #command(commandId: string): unknown {
    const number = Number(commandId.slice("c-".length));
    return updateName(this.#personIds[number % this.#personIds.length] ?? "", commandId);
  }
}

async function request(
  client: CommandClient,
  command: unknown,
  commandId: string,
): Promise<AnyReply | null> {
  const options = { timeoutMs: REQUEST_TIMEOUT_MS };
  try {
    return (await client.request(command, { "Nats-Msg-Id": commandId }, options)).json<AnyReply>();
  } catch {
    // Nobody may be there to take it just now.
    await new Promise((resolve) => setTimeout(resolve, 50));
    return null;
  }
}
