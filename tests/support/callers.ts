/**
 * Many commands at once, and what became of each.
 *
 * @module
 */
import type { AnyReply, CommandClient } from "./command_client.ts";
import { until } from "./until.ts";

/** Longest that one try of {@linkcode sendUntilAnswered} waits. */
const TRY_MS = 2_000;

/**
 * Handles each input, `inFlight` of them at a time, in the order in which they come. Rejects when handling one does,
 * and takes no further ones then.
 */
export async function eachOf<T>(
  inputs: Iterable<T>,
  inFlight: number,
  handle: (input: T) => Promise<void>,
): Promise<void> {
  const shared = Iterator.from(inputs);
  const worker = async () => {
    for (let next = shared.next(); !next.done; next = shared.next()) await handle(next.value);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

/** Sends a command as a patient caller does: the same one, with the same id, until a reply comes. */
export function sendUntilAnswered(
  client: CommandClient,
  command: unknown,
  commandId: string = crypto.randomUUID(),
): Promise<AnyReply> {
  return until("the command is answered", async () => {
    const message = await client.request(command, { "Nats-Msg-Id": commandId }, {
      timeoutMs: TRY_MS,
    });
    return message.json<AnyReply>();
  });
}
