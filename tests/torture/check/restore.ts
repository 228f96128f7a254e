/**
 * A stream that was put back to an earlier point: what came after that point is lost, and nothing else.
 *
 * @module
 */
import type { DurableOperation, History, Operation, Restore, Try } from "../history.ts";
import { canonicalJson } from "./canonical_json.ts";
import { outcomesById } from "./outcomes.ts";
import { parseReply, readAnswer } from "./replies.ts";
import type { Violation } from "./violation.ts";

/** The history up to the restore, with the stream as it was then. */
export function beforeRestore(
  history: History,
  { atMs, before, outcomesBefore }: Restore,
): History {
  const operations = withTries(history.operations, ({ answeredMs }) => answeredMs <= atMs);
  const durable = history.durable.map(({ publishes, outcome, ...each }) => ({
    ...each,
    publishes: publishes.filter(({ sentMs }) => sentMs <= atMs),
    outcome: outcome !== null && outcome.readMs <= atMs ? outcome : null,
  }));
  return {
    ...history,
    operations,
    durable,
    messages: before,
    outcomes: outcomesBefore,
    snapshots: [],
    restore: null,
  };
}

/**
 * The history as the restored stream has to tell it: what was acknowledged behind the backup's end never was. What was
 * refused before was judged with the stream of its time.
 */
export function afterRestore(
  history: History,
  { atMs, lastSequence, outcomesBefore }: Restore,
): History {
  const isKept = (reply: unknown) => {
    const answer = readAnswer(reply);
    return answer.kind === "accepted" && answer.accepted.stream_sequence <= lastSequence;
  };
  const operations = withTries(
    history.operations,
    ({ sentMs, reply }) => sentMs > atMs || readAnswer(reply).kind === "unknown" || isKept(reply),
  );
  const [then, now] = [outcomesById(outcomesBefore), outcomesById(history.outcomes)];
  const durable = history.durable.map(({ publishes, ...each }) => {
    const outcome = then.get(each.commandId)?.at(-1);
    if (outcome === undefined || isKept(parseReply(outcome.body))) return { publishes, ...each };
    const { inboxSequence } = outcome;
    const last = now.get(each.commandId)?.at(-1);
    // Of a command that came into the inbox twice, the outcome of one message stands for both.
    const isLast = last?.inboxSequence === inboxSequence;
    const isDoneAnew = isLast && last.body !== outcome.body;
    const isOfItsTime = ({ sentMs, sequence }: DurableOperation["publishes"][number]) =>
      !isDoneAnew && sequence !== null &&
      (sequence === inboxSequence || (isLast && sentMs <= atMs));
    return { ...each, publishes: publishes.filter((publish) => !isOfItsTime(publish)) };
  });
  return { ...history, operations, durable, restore: null };
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
