/**
 * A history as it was recorded, and what it takes to break it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { assertThat } from "../support/assert_that.ts";
import { updateName } from "../support/command_client.ts";
import { check } from "./check/check.ts";
import type { ViolationKind } from "./check/violation.ts";
import type { DurableOperation, History, Message, Operation } from "./history.ts";
import { readHistory } from "./history_file.ts";

/** Of a run with one replica, in which instances were stopped. */
export const recorded: History = await readHistory(`${import.meta.dirname}/recorded_history.jsonl`);

/** In the recorded history: created and renamed, with a snapshot at version 5. */
export const PERSON = "dc665a51-6b29-2308-7166-3181845b3e8b";
/** PERSON's. */
export const LAST_VERSION = 6;
/** Stream sequences of some of its six events. */
export const POSITIONS = { fourth: 38, fifth: 49, last: 74 };
/** Ids of some of its commands. `durable` led to its fourth event. */
export const COMMANDS = { first: "6-1", durable: "0-6", last: `last-${PERSON}` };
/** Ids of other durable commands: one that was refused, and one that is no command. */
export const OTHERS = { refused: "7-10", bad: "5-7" };
/** Was merged into TARGET. */
export const SOURCE = "1247f668-33ad-13c9-1741-a35305671c93";
/** SOURCE was merged into it. */
export const TARGET = "cca82ba8-b22e-93a0-c137-9d289ee6c559";

/** Later than everything that was recorded. */
export const LATE_MS = 1_000_000;

/** A test that a changed history is found out, by these kinds of violations of PERSON's and no others. */
export function finds(
  what: string,
  kinds: ViolationKind[],
  change: (history: History) => void,
): void {
  Deno.test(`Checker: given ${what}, then it finds it and nothing else`, () => {
    const history = structuredClone(recorded);
    change(history);
    assertEquals(kindsOf(history), kinds);
    const others = check(history).filter(({ subject }) => subject !== PERSON);
    assertEquals(others, []);
  });
}

/** The kinds of violations that the checker finds. */
export function kindsOf(history: History): string[] {
  return [...new Set(check(history).map(({ kind }) => kind))].sort();
}

/** As if the stream had been put back to this sequence after all that was recorded. */
export function putBack(lastSequence: number): History {
  const history = structuredClone(recorded);
  const before = history.messages;
  const messages = before.filter(({ seq }) => seq <= lastSequence);
  return {
    ...history,
    messages,
    snapshots: [],
    restore: { atMs: LATE_MS, lastSequence, before: [...before], outcomesBefore: history.outcomes },
  };
}

/** The message with this sequence, to be changed. */
export function messageAt(history: History, sequence: number): Message {
  const message = history.messages.find(({ seq }) => seq === sequence);
  assertThat(message !== undefined);
  return message;
}

/** Takes a message out, as if it had never been stored. */
export function remove(history: History, sequence: number): void {
  history.messages.splice(history.messages.indexOf(messageAt(history, sequence)), 1);
}

/** PERSON's last event once more, behind all others. */
export function copyOfLast(history: History): Message {
  const { headers, ...message } = messageAt(history, POSITIONS.last);
  const previous = { "Previous-Sequence": String(POSITIONS.last) };
  return { ...message, seq: 1_000, headers: { ...headers, ...previous } };
}

/** The first command with this id, to be changed. */
export function operationOf(history: History, commandId: string): Operation {
  const operation = history.operations.find((each) => each.commandId === commandId);
  assertThat(operation !== undefined);
  return operation;
}

/** The durable command with this id, to be changed. */
export function durableOf(history: History, commandId: string): DurableOperation {
  const operation = history.durable.find((each) => each.commandId === commandId);
  assertThat(operation !== undefined);
  return operation;
}

/** The outcome of the command with this id, to be changed. */
export function outcomeOf(history: History, commandId: string): Message {
  const outcome = history.outcomes.find(({ subject }) => subject.endsWith(`.${commandId}`));
  assertThat(outcome !== undefined);
  return outcome;
}

/** Has a command sent once more, with this reply. */
export function addTry(history: History, commandId: string, reply: unknown): void {
  operationOf(history, commandId).tries.push({ sentMs: LATE_MS, answeredMs: LATE_MS, reply });
}

/** One more command for PERSON, which got this reply. */
export function addRefused(history: History, expectedVersion: number | null, reply: unknown): void {
  history.operations.push({
    commandId: "refused",
    command: updateName(PERSON, "Refused"),
    expectedVersion,
    tries: [{ sentMs: LATE_MS, answeredMs: LATE_MS, reply }],
  });
}

/** A reply that was decided on a version of PERSON's; 0: on none. */
export function failure(
  code: string,
  message: string,
  { version = LAST_VERSION, details }: { version?: number; details?: unknown } = {},
): unknown {
  return {
    error: { code, message, ...(details === undefined ? {} : { details }) },
    aggregate_id: PERSON,
    ...(version === 0 ? {} : { version }),
  };
}

/** A refusal for its version, which it says was `actual_version`. */
export function wrongVersion(expected_version: number, actual_version: number): unknown {
  const message = `Expected version ${expected_version}, but it is ${actual_version}`;
  const details = { expected_version, actual_version };
  return failure("ConcurrencyConflict", message, { version: actual_version, details });
}
