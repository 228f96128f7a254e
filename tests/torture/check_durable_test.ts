/** The checker finds what is wrong with durable commands. */
import { assertEquals } from "@std/assert";
import {
  COMMANDS,
  durableOf,
  failure,
  finds,
  kindsOf,
  LATE_MS,
  messageAt,
  OTHERS,
  outcomeOf,
  POSITIONS,
  putBack,
  recorded,
  remove,
} from "./broken_histories.ts";
import { check } from "./check/check.ts";
import { checkStoredOnce } from "./check/durable.ts";
import { PersonCommand } from "../../src/domain/commands.ts";
import type { ViolationKind } from "./check/violation.ts";
import type { History, Operation } from "./history.ts";

const UNAVAILABLE = JSON.stringify(
  failure("Unavailable", "No room", { details: { outcome: "not stored" } }),
);

Deno.test("Checker: given the recorded history, then there are durable commands that were accepted, refused and dead in it", () => {
  assertEquals(durableOf(recorded, COMMANDS.durable).publishes.length, 1);
  assertEquals(/NotFound/.test(outcomeOf(recorded, OTHERS.refused).body), true);
  const { command } = durableOf(recorded, OTHERS.bad);
  assertEquals(PersonCommand.safeParse(command).success, false);
  assertEquals(recorded.deadLetters.length, 1);
});

finds("an acknowledged durable command without an outcome", ["no outcome"], (history) => {
  withoutOutcome(history, COMMANDS.durable);
});

findsAnywhere(
  "a refused durable command whose outcome is gone",
  ["never answered", "no outcome"],
  (history) => withoutOutcome(history, OTHERS.refused),
);

finds("two outcomes of one durable command", ["several outcomes"], (history) => {
  history.outcomes.push({ ...outcomeOf(history, COMMANDS.durable), seq: 1_000 });
});

finds("an outcome that is another one later", ["changed outcome"], (history) => {
  const read = failure("NotFound", "No such person", { version: 3 });
  durableOf(history, COMMANDS.durable).outcome = { readMs: LATE_MS, body: JSON.stringify(read) };
});

finds("an outcome of another message", ["outcome of another message"], (history) => {
  outcomeOf(history, COMMANDS.durable).headers["Inbox-Sequence"] = "999";
});

finds("an outcome that decides nothing", ["outcome that decides nothing"], (history) => {
  outcomeOf(history, COMMANDS.durable).body = UNAVAILABLE;
});

findsAnywhere("an outcome of no command", ["outcome of no command"], (history) => {
  history.outcomes.push({
    ...outcomeOf(history, COMMANDS.durable),
    subject: "person.outcomes.c-9",
  });
});

findsAnywhere("an accepted durable command whose event is gone", [
  "gap",
  "lost acknowledgement",
  "wrong Previous-Sequence",
], (history) => remove(history, POSITIONS.fourth));

finds("a durable command that is refused and stored", [
  "refused but stored",
  "unexplained refusal",
], (history) => {
  const refusal = failure("NotFound", "No such person", { version: 0 });
  history.operations = history.operations.filter(({ commandId }) => commandId !== COMMANDS.durable);
  outcomeOf(history, COMMANDS.durable).body = JSON.stringify(refusal);
  durableOf(history, COMMANDS.durable).outcome = null;
});

Deno.test("Checker: given a durable command that is stored twice, then it finds it by itself, unless it was published twice", () => {
  const history = structuredClone(recorded);
  // Also sent to an instance in the end, when its person remembered it.
  const isOther = ({ commandId }: Operation) => commandId !== COMMANDS.durable;
  history.operations = history.operations.filter(isOther);
  assertEquals(checkStoredOnce(history), []);
  history.messages.push(messageAt(history, POSITIONS.fourth));
  assertEquals(checkStoredOnce(history).map(({ kind }) => kind), ["stored twice"]);
  const { publishes } = durableOf(history, COMMANDS.durable);
  publishes.unshift({ sentMs: 0, answeredMs: 0, sequence: null });
  assertEquals(checkStoredOnce(history), []);
});

findsAnywhere("a message that is left in the inbox", ["left in the inbox"], (history) => {
  history.inbox.push({ seq: 99, subject: "person.inbox.test", headers: {}, body: "{}" });
});

finds("a good command among the dead letters", ["dead letter of a good command"], (history) => {
  history.deadLetters.push(letter(history, COMMANDS.durable));
});

findsAnywhere("a dead letter of no command", ["dead letter of no command"], (history) => {
  history.deadLetters.push(letter(history, "c-9"));
});

findsAnywhere("what is no command and has no dead letter", ["wrong dead letters"], (history) => {
  history.deadLetters = [];
});

findsAnywhere("what is no command and has two dead letters", ["wrong dead letters"], (history) => {
  history.deadLetters.push(letter(history, OTHERS.bad));
});

Deno.test("Checker: given a stream that was put back, then an outcome behind the backup's end may be of an event that is lost, one before it not", () => {
  const atThird = putBack(POSITIONS.fourth - 1);
  assertEquals(check(atThird), []);
  // Published twice: the outcome is of the one message, and stands for the other one, too.
  const { publishes } = durableOf(atThird, COMMANDS.durable);
  publishes.push({ sentMs: 0, answeredMs: 0, sequence: 99 });
  assertEquals(check(atThird), []);
  const atFourth = putBack(POSITIONS.fourth);
  remove(atFourth, POSITIONS.fourth);
  assertEquals(kindsOf(atFourth), ["changed by the restore", "lost acknowledgement"]);
});

Deno.test("Checker: given a durable command that nobody acknowledged, then it may have been stored or not", () => {
  const history = structuredClone(recorded);
  for (const publish of durableOf(history, COMMANDS.durable).publishes) publish.sequence = null;
  withoutOutcome(history, COMMANDS.durable);
  assertEquals(check(history), []);
});

/** As {@linkcode finds}, of whomever. */
function findsAnywhere(
  what: string,
  kinds: ViolationKind[],
  change: (history: History) => void,
): void {
  Deno.test(`Checker: given ${what}, then it finds it and nothing else`, () => {
    const history = structuredClone(recorded);
    change(history);
    assertEquals(kindsOf(history), kinds);
  });
}

function withoutOutcome(history: History, commandId: string): void {
  history.outcomes.splice(history.outcomes.indexOf(outcomeOf(history, commandId)), 1);
}

function letter(history: History, commandId: string): History["deadLetters"][number] {
  const [found] = history.deadLetters;
  return {
    headers: {},
    ...found,
    seq: 1_000,
    subject: "",
    body: JSON.stringify({ command_id: commandId }),
  };
}
