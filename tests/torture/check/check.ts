/**
 * The proof that nothing acknowledged was lost: a history of all that was sent and answered, against all that is
 * stored. Pure: it asks no server.
 *
 * @module
 */
import type { History } from "../history.ts";
import { checkAnswered, checkOutcome } from "./acknowledgements.ts";
import { SentCommands } from "./commands.ts";
import { noteReplies } from "./person_history.ts";
import { RefusalCheck } from "./refusals.ts";
import { Replay } from "./replay.ts";
import { afterRestore, beforeRestore, checkKept } from "./restore.ts";
import { checkSnapshot } from "./snapshots.ts";
import type { Violation } from "./violation.ts";

/** Every promise that the history breaks; none: it holds. */
export function check(history: History): Violation[] {
  const { operations, restore } = history;
  const sent = new SentCommands(operations);
  const unanswered = checkAnswered(sent);
  if (restore === null) return [...checkStored(history, sent), ...unanswered];
  const before = beforeRestore(history, restore);
  const after = afterRestore(history, restore);
  return [
    ...checkStored(before, new SentCommands(before.operations)),
    ...checkKept(history, restore),
    ...checkStored(after, new SentCommands(after.operations)),
    ...unanswered,
  ];
}

/** What was answered, against what is stored. */
function checkStored(
  { run, messages, snapshots }: History,
  sent: SentCommands,
): Violation[] {
  const { persons, violations } = new Replay(messages, sent);
  noteReplies(persons, sent);
  const refusals = new RefusalCheck(persons, run);
  return [
    ...violations,
    ...sent.all.flatMap((each) => [...checkOutcome(each, persons), ...refusals.check(each)]),
    ...snapshots.flatMap((each) => checkSnapshot(each, persons, run.streamCreated)),
  ];
}
