/**
 * `person-service send --durable`: prints where the command is kept, and what became of it.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import type { Config } from "../config.ts";
import { NotTaken, sendDurably } from "./durable_request.ts";
import { describeKept, EXIT_REFUSED, parseReply, printReply } from "./reply.ts";
import type { Request } from "./request.ts";

/** A durable command, and how to tell of it. */
export type DurableRequest = Request & { id: string; wait: boolean; json: boolean };

/**
 * Resolves to the exit status.
 *
 * @throws {Unanswered} when there is no acknowledgement, or with `wait` no outcome
 */
export async function sendAndKeep(
  config: Config,
  command: Uint8Array,
  request: DurableRequest,
): Promise<number> {
  try {
    return await (request.json ? keepAsJson : keepAsText)(config, command, request);
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error;
    console.error(error.message);
    return EXIT_REFUSED;
  }
}

async function keepAsText(
  config: Config,
  command: Uint8Array,
  { id, wait, json: _, ...request }: DurableRequest,
): Promise<number> {
  const outcome = await sendDurably(config, command, request, {
    waitMs: wait ? request.timeoutMs : 0,
    onKept: (ack) => console.log(describeKept(ack, id)),
  });
  return outcome === null ? 0 : printReply(outcome, null);
}

/** One object, however it ends: scripts parse what they read as a whole. */
async function keepAsJson(
  config: Config,
  command: Uint8Array,
  { id, wait, json: _, ...request }: DurableRequest,
): Promise<number> {
  const known: Record<string, unknown> = {};
  const shown = (outcome: unknown) => JSON.stringify({ ...known, id, ...(wait && { outcome }) });
  try {
    const outcome = await sendDurably(config, command, request, {
      waitMs: wait ? request.timeoutMs : 0,
      onKept: (ack) => Object.assign(known, ack),
    });
    if (outcome !== null) return printReply(outcome, shown(parseReply(outcome)));
    console.log(shown(null));
    return 0;
  } catch (error) {
    // Kept all the same, which whoever waited for more has to know.
    if ("seq" in known) console.log(shown(null));
    throw error;
  }
}
