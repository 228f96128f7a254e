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

/** What became of one letter. */
type Result = { dlq_sequence: number; done: string; inbox_sequence?: number; reason?: string };

/**
 * Retries or drops letters and prints what became of each.
 *
 * @returns the exit status
 */
export async function actOn(
  letters: StoredLetter[],
  box: DeadLetterBox,
  { action, json }: { action: "retry" | "drop"; json: boolean },
): Promise<number> {
  const results: Result[] = [];
  for (const letter of letters) {
    const result = await act(box, action, letter);
    results.push(result);
    if (!json) console.log(lineOf(result));
  }
  if (json) console.log(JSON.stringify(results, null, 2));
  return results.some(({ reason }) => reason !== undefined) ? 1 : 0;
}

async function act(
  box: DeadLetterBox,
  action: "retry" | "drop",
  letter: StoredLetter,
): Promise<Result> {
  const { dlqSequence: dlq_sequence } = letter;
  if (action === "drop") {
    await box.drop(dlq_sequence);
    return { dlq_sequence, done: "dropped" };
  }
  try {
    return { dlq_sequence, done: "retried", inbox_sequence: await box.retry(letter) };
  } catch (error) {
    if (!(error instanceof NotRetried)) throw error;
    return { dlq_sequence, done: "kept", reason: error.message };
  }
}

function lineOf({ dlq_sequence, done, inbox_sequence, reason }: Result): string {
  const more = inbox_sequence === undefined ? reason : `in the inbox at ${inbox_sequence}`;
  return `${done.padEnd(8)}  ${dlq_sequence}${more === undefined ? "" : `: ${more}`}`;
}
