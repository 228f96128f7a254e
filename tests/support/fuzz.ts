/**
 * A flood of odd messages for a running service, and what becomes of it.
 *
 * @module
 */
import { eachOf } from "./callers.ts";
import type { AnyReply, CommandClient } from "./command_client.ts";
import { fuzzedCommands, type FuzzedMessage } from "./fuzzed_commands.ts";
import { residentKib } from "./resident_memory.ts";

const IN_FLIGHT = 64;
/** Longer than any command may take: after that, there is none. */
const REPLY_TIMEOUT_MS = 60_000;

/** What a message can be answered with; the others would say that it did harm. */
export const HARMLESS_OUTCOMES: ReadonlySet<string> = new Set([
  "accepted",
  "ParseError",
  "ValidationError",
  "NotFound",
  "AlreadyExists",
  "InvalidStateTransition",
  "InvariantViolation",
  "ConcurrencyConflict",
  "IdempotencyConflict",
]);

/** How to send them. */
export type FuzzOptions = {
  seed: number;
  messages: number;
  /** After so many, the service's memory is taken for what it needs. */
  settledAfter: number;
  /** Called at every hundredth of the way. */
  onProgress?: (sent: number, residentKib: number) => void;
};

/** What came of it. */
export type FuzzResult = {
  /** How many messages had each outcome: `accepted`, or the error's code. */
  outcomes: Map<string, number>;
  /** Memory of the service after `settledAfter` messages. */
  settledKib: number;
  /** Its memory at the end. */
  endKib: number;
};

/**
 * Sends all messages, many at a time.
 *
 * @param pid the service's process
 * @throws {Error} at the first message without a reply, or with one that says that it did harm
 */
export async function fuzz(
  client: CommandClient,
  pid: number,
  options: FuzzOptions,
): Promise<FuzzResult> {
  const { seed, messages, settledAfter, onProgress } = options;
  const outcomes = new Map<string, number>();
  let sent = 0;
  let settledKib = 0;
  const fuzzed = fuzzedCommands(seed).take(messages);
  await eachOf(fuzzed, IN_FLIGHT, async (message) => {
    const outcome = await outcomeOf(client, message);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    sent++;
    if (sent === settledAfter) settledKib = residentKib(pid);
    if (sent % Math.ceil(messages / 100) === 0) onProgress?.(sent, residentKib(pid));
  });
  return { outcomes, settledKib, endKib: residentKib(pid) };
}

async function outcomeOf(
  client: CommandClient,
  { payload, headers }: FuzzedMessage,
): Promise<string> {
  const shown = () => `${new TextDecoder().decode(payload)} with ${JSON.stringify(headers)}`;
  try {
    const options = { timeoutMs: REPLY_TIMEOUT_MS };
    const { error } = (await client.request(payload, headers, options)).json<AnyReply>();
    if (error === undefined) return "accepted";
    if (HARMLESS_OUTCOMES.has(error.code)) return error.code;
    throw new Error(`${error.code}: ${error.message}`);
  } catch (cause) {
    throw new Error(`Not answered as it should be: ${shown()}`, { cause });
  }
}
