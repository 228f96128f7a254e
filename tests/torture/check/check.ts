/**
 * The proof that nothing acknowledged was lost: a history of all that was sent and answered, against all that is
 * stored. Pure: it asks no server.
 *
 * @module
 */
import type { History } from "../history.ts";
import { checkAnswered, checkOutcome } from "./acknowledgements.ts";
import { SentCommands } from "./commands.ts";
import { checkDurable, checkStoredOnce } from "./durable.ts";
import { checkExpectedVersion } from "./expectations.ts";
import { asOperations, outcomesById } from "./outcomes.ts";
import { noteReplies } from "./person_history.ts";
import { RefusalCheck } from "./refusals.ts";
import { Replay } from "./replay.ts";
import { afterRestore, beforeRestore, checkKept } from "./restore.ts";
import { checkSnapshot } from "./snapshots.ts";
import type { Violation } from "./violation.ts";

/** Every promise that the history breaks; none: it holds. */
export function check(history: History): Violation[] {
  const { restore } = history;
  const sent = sentIn(history);
  const general = [...checkAnswered(sent), ...checkDurable(history)];
  if (restore === null) return [...checkStored(history, sent), ...general];
  const before = beforeRestore(history, restore);
  const after = afterRestore(history, restore);
  return [
    ...checkStored(before, sentIn(before)),
    ...checkKept(history, restore),
    ...checkStored(after, sentIn(after)),
    ...general,
  ];
}

function sentIn({ operations, durable, outcomes }: History): SentCommands {
  return new SentCommands([...operations, ...asOperations(durable, outcomesById(outcomes))]);
}

/** What was answered, against what is stored. */
function checkStored(history: History, sent: SentCommands): Violation[] {
  const { run, messages, snapshots } = history;
  const { persons, violations } = new Replay(messages, sent);
  noteReplies(persons, sent);
  const refusals = new RefusalCheck(persons, run);
  return [
    ...violations,
    ...checkStoredOnce(history),
    ...sent.all.flatMap((each) => [
      ...checkOutcome(each, persons),
      ...checkExpectedVersion(each, persons),
      ...refusals.check(each),
    ]),
    ...snapshots.flatMap((each) => checkSnapshot(each, persons, run.streamCreated)),
  ];
}
