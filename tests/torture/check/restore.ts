/**
 * A stream that was put back to an earlier point: what came after that point is lost, and nothing else.
 *
 * @module
 */
import type { History, Operation, Restore, Try } from "../history.ts";
import { canonicalJson } from "./canonical_json.ts";
import { readAnswer } from "./replies.ts";
import type { Violation } from "./violation.ts";

/** The history up to the restore, with the stream as it was then. */
export function beforeRestore(history: History, { atMs, before }: Restore): History {
  const operations = withTries(history.operations, ({ answeredMs }) => answeredMs <= atMs);
  return { ...history, operations, messages: before, snapshots: [], restore: null };
}

/**
 * The history as the restored stream has to tell it: what was acknowledged behind the backup's end never was. What was
 * refused before was judged with the stream of its time.
 */
export function afterRestore(history: History, { atMs, lastSequence }: Restore): History {
  const operations = withTries(history.operations, ({ sentMs, reply }) => {
    if (sentMs > atMs) return true;
    const answer = readAnswer(reply);
    return answer.kind === "unknown" ||
      (answer.kind === "accepted" && answer.accepted.stream_sequence <= lastSequence);
  });
  return { ...history, operations, restore: null };
}

/** The stream up to the end of the backup has to be what it was. */
export function checkKept(
  { messages }: History,
  { before, lastSequence }: Restore,
): Violation[] {
  const kept = new Map(messages.map((message) => [message.seq, canonicalJson(message)]));
  return before
    .filter((message) => message.seq <= lastSequence)
    .filter((message) => kept.get(message.seq) !== canonicalJson(message))
    .map(({ seq, subject }) => ({
      kind: "changed by the restore",
      subject,
      what: `the backup ends at ${lastSequence}, but ${seq} is gone or another`,
    }));
}

function withTries(operations: Operation[], isKept: (each: Try) => boolean): Operation[] {
  return operations.map((operation) => ({
    ...operation,
    tries: operation.tries.filter(isKept),
  }));
}
