/** The checker finds what is stored at another version than its caller expected. */
import { assertEquals } from "@std/assert";
import {
  COMMANDS,
  durableOf,
  finds,
  LAST_VERSION,
  LATE_MS,
  operationOf,
  recorded,
} from "./broken_histories.ts";
import { check } from "./check/check.ts";
import type { History, Operation } from "./history.ts";

const KIND = "not the expected version";

/** In the recorded history: a merge, with the versions of both persons before it. */
const MERGE = {
  commandId: "7-6",
  source: "64369cb5-f607-53ce-2c5a-439ffe195745",
  sourceVersion: 2,
  targetVersion: 1,
};

/** The version that COMMANDS.durable was decided on. */
const BEFORE_DURABLE = 3;

Deno.test("Checker: given the recorded history, then commands that expected a version were accepted in it, live and durable", () => {
  const live = recorded.operations.filter(({ expectedVersion, tries }) =>
    expectedVersion !== null && tries.some(({ reply }) => versionOf(reply) === expectedVersion + 1)
  );
  const durable = recorded.durable.filter(({ expectedVersion, outcome }) =>
    expectedVersion !== null && versionOf(JSON.parse(outcome?.body ?? "{}")) === expectedVersion + 1
  );
  assertEquals([live.length > 0, durable.length > 0], [true, true]);
});

finds("a command accepted at another version than it expected", [KIND], (history) => {
  operationOf(history, COMMANDS.last).expectedVersion = LAST_VERSION - 2;
});

finds("a command accepted at the very version that it expected before it", [KIND], (history) => {
  operationOf(history, COMMANDS.last).expectedVersion = LAST_VERSION;
});

finds("a durable command accepted at another version than it expected", [KIND], (history) => {
  expectOfDurable(history, BEFORE_DURABLE - 1);
});

Deno.test("Checker: given a durable command accepted at the version that it expected, then it finds nothing", () => {
  const history = structuredClone(recorded);
  expectOfDurable(history, BEFORE_DURABLE);
  assertEquals(check(history), []);
});

Deno.test("Checker: given a command that is repeated with another expectation, then the first outcome is right", () => {
  const history = structuredClone(recorded);
  const operation = operationOf(history, COMMANDS.last);
  operation.expectedVersion = LAST_VERSION - 1;
  history.operations.push(repeated(operation, LAST_VERSION + 7));
  assertEquals(check(history), []);
});

finds(
  "an unexpected version, and a repetition without an expectation after its reply",
  [KIND],
  (history) => {
    const operation = operationOf(history, COMMANDS.last);
    operation.expectedVersion = LAST_VERSION - 2;
    history.operations.push(repeated(operation, null));
  },
);

finds("an unexpected version, and a refusal of the right one", [KIND], (history) => {
  const operation = operationOf(history, COMMANDS.last);
  const reply = { error: { code: "Overloaded", message: "The queue is full" } };
  const [{ sentMs } = { sentMs: 0 }] = operation.tries;
  history.operations.push({
    ...operation,
    expectedVersion: LAST_VERSION - 1,
    tries: [{ sentMs: sentMs - 1, answeredMs: sentMs, reply }],
  });
  operation.expectedVersion = LAST_VERSION - 2;
});

Deno.test("Checker: given a merge, then the expected version is the source's, not the target's", () => {
  const expecting = (expectedVersion: number): History => {
    const history = structuredClone(recorded);
    operationOf(history, MERGE.commandId).expectedVersion = expectedVersion;
    return history;
  };
  assertEquals(check(expecting(MERGE.sourceVersion)), []);
  const found = check(expecting(MERGE.targetVersion));
  assertEquals(found.map(({ kind, subject }) => [kind, subject]), [[KIND, MERGE.source]]);
});

function versionOf(reply: unknown): unknown {
  return Object.entries(Object(reply)).find(([name]) => name === "version")?.[1];
}

/** It was sent to an instance in the end, too. */
function expectOfDurable(history: History, expectedVersion: number): void {
  operationOf(history, COMMANDS.durable).expectedVersion = expectedVersion;
  durableOf(history, COMMANDS.durable).expectedVersion = expectedVersion;
}

/** The same answer once more. */
function repeated(operation: Operation, expectedVersion: number | null): Operation {
  const reply = operation.tries.at(-1)?.reply;
  return {
    ...operation,
    expectedVersion,
    tries: [{ sentMs: LATE_MS, answeredMs: LATE_MS, reply }],
  };
}
