/**
 * Retrying and dropping dead letters, one after the other.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import {
  type DeadLetterBox,
  NotRetried,
  type StoredLetter,
} from "../../nats/inbox/dead_letter_box.ts";
import { parseReply, readReply } from "../reply.ts";
import { oneLine } from "./report.ts";

/** How long an outcome is waited for; with an instance running it is there at once. */
const PATIENCE_MS = 5_000;

const TAKEN_AWAY = "somebody else has retried or dropped it meanwhile";
const TAKEN_AT_ONCE =
  "somebody else has retried or dropped it at the same time; should it come twice, its id makes that harmless";

/** What became of one letter. */
export type Result = {
  dlq_sequence: number;
  done: "retried" | "dead again" | "kept" | "dropped" | "not found";
  inbox_sequence?: number;
  /** The reply to the command; null = not known yet. */
  outcome?: unknown;
  /** Why it was not done, or is dead again. */
  reason?: string;
  /** What else is to be known of one that was retried. */
  note?: string;
};

/** What is to be done with letters. */
export type Action = "retry" | "drop";

/**
 * Retries or drops letters and prints what became of each.
 *
 * @param missing sequences that were asked for and at which there is no letter
 * @returns the exit status
 */
export async function actOn(
  letters: StoredLetter[],
  box: DeadLetterBox,
  { action, missing, json }: { action: Action; missing: number[]; json: boolean },
): Promise<number> {
  const results = missing.map((sequence) => notFound(sequence, "there is no such letter"));
  try {
    for await (const result of act(letters, box, action)) {
      results.push(result);
      if (!json) console.log(lineOf(result));
    }
  } finally {
    // What was done stays done when NATS goes away in the middle.
    if (json) console.log(JSON.stringify(results, null, 2));
  }
  return results.some(({ reason }) => reason !== undefined) ? 1 : 0;
}

/** Retries or drops letters that were read a moment ago, one after the other. */
export async function* act(
  letters: StoredLetter[],
  box: DeadLetterBox,
  action: Action,
): AsyncGenerator<Result> {
  let patienceMs = PATIENCE_MS;
  for (const letter of letters) {
    const result = action === "drop"
      ? await drop(box, letter)
      : await retry(box, letter, patienceMs);
    // Nobody takes commands just now: those that follow are not waited for, too.
    if (result.outcome === null) patienceMs = 0;
    yield result;
  }
}

async function drop(box: DeadLetterBox, { dlqSequence }: StoredLetter): Promise<Result> {
  if (!await box.drop(dlqSequence)) return notFound(dlqSequence, TAKEN_AWAY);
  return { dlq_sequence: dlqSequence, done: "dropped" };
}

async function retry(
  box: DeadLetterBox,
  letter: StoredLetter,
  patienceMs: number,
): Promise<Result> {
  const { dlqSequence: dlq_sequence } = letter;
  try {
    const retried = await box.retry(letter);
    if (retried === null) return notFound(dlq_sequence, TAKEN_AWAY);
    const { published, wasTaken } = retried;
    const { outcome, again } = await box.fateOf(letter, published, patienceMs);
    const known = {
      dlq_sequence,
      inbox_sequence: published.ack.seq,
      outcome: outcome === null ? null : parseReply(outcome),
      ...(wasTaken && { note: TAKEN_AT_ONCE }),
    };
    if (again === null) return { ...known, done: "retried" };
    const { code = "", message = "" } = again.letter?.reason ?? {};
    const reason = `it is dead letter ${again.dlqSequence} now: ${code}: ${message}`;
    return { ...known, done: "dead again", reason };
  } catch (error) {
    if (!(error instanceof NotRetried)) throw error;
    return { dlq_sequence, done: "kept", reason: error.message };
  }
}

function notFound(dlq_sequence: number, reason: string): Result {
  return { dlq_sequence, done: "not found", reason };
}

function lineOf(result: Result): string {
  const { dlq_sequence, done, inbox_sequence, outcome, reason, note } = result;
  const start = `${done.padEnd(8)}  ${dlq_sequence}`;
  const end = note === undefined ? "" : ` (${note})`;
  if (reason !== undefined) return `${start}: ${oneLine(reason)}${end}`;
  if (inbox_sequence === undefined) return start;
  const fate = outcome === null
    ? "no outcome yet"
    : readReply(JSON.stringify(outcome), false).text.replaceAll(/\s+/g, " ");
  return `${start}: in the inbox at ${inbox_sequence}: ${oneLine(fate)}${end}`;
}
