/**
 * Durable commands: each that was acknowledged is done, once, and nothing of them is left behind.
 *
 * @module
 */
import { z } from "zod";
import { PersonCommand } from "../../../src/domain/commands.ts";
import type { DurableOperation, History, Message } from "../history.ts";
import { type Outcome, outcomesById } from "./outcomes.ts";
import { parseReply, readAnswer } from "./replies.ts";
import type { Violation, ViolationKind } from "./violation.ts";

const Letter = z.object({ command_id: z.string() });

/** Outcomes, dead letters and the inbox at the end, against what was published. */
export function checkDurable({ durable, outcomes, deadLetters, inbox }: History): Violation[] {
  const known = new Set(durable.map(({ commandId }) => commandId));
  const byId = outcomesById(outcomes);
  const letters = Map.groupBy(deadLetters, commandIdOf);
  const unknown = (kind: ViolationKind, ids: Iterable<string>): Violation[] =>
    [...ids].filter((id) => !known.has(id)).map((id) => ({
      kind,
      subject: id,
      what: "never sent",
    }));
  return [
    ...durable.flatMap((each) => [
      ...checkOutcome(each, byId.get(each.commandId) ?? []),
      ...checkLetters(each, letters.get(each.commandId) ?? []),
    ]),
    ...unknown("outcome of no command", byId.keys()),
    ...unknown("dead letter of no command", letters.keys()),
    ...inbox.map(({ subject, seq }): Violation => ({
      kind: "left in the inbox",
      subject,
      what: `the message at ${seq}`,
    })),
  ];
}

/**
 * What was published once is stored once at most, however many commands its person has had since; unless it was also sent
 * to an instance, which may have been after the person had forgotten it.
 */
export function checkStoredOnce(
  { durable, operations, messages }: Pick<History, "durable" | "operations" | "messages">,
): Violation[] {
  const live = new Set(operations.map(({ commandId }) => commandId));
  const once = new Set(
    durable.filter(({ commandId, publishes }) => publishes.length === 1 && !live.has(commandId))
      .map(({ commandId }) => commandId),
  );
  // A live command may have the same id, but it is another one.
  const key = ({ headers }: Message) => `${headers["Nats-Msg-Id"]} ${headers["Command-Hash"]}`;
  const events = messages.filter(({ headers }) =>
    once.has(headers["Nats-Msg-Id"]?.split("/")[1] ?? "")
  );
  return [...Map.groupBy(events, key).values()].filter(({ length }) => length > 1)
    .map(([first, ...others]) => ({
      kind: "stored twice",
      subject: first?.subject.split(".")[2] ?? "",
      what: `${first?.headers["Nats-Msg-Id"]} at ${first?.seq}, ${others.map(({ seq }) => seq)}`,
    }));
}

function checkOutcome(
  { commandId, command, expectedVersion, publishes, outcome: read }: DurableOperation,
  outcomes: Outcome[],
): Violation[] {
  const violation = (kind: ViolationKind, what: string): Violation[] => [
    { kind, subject: subjectOf(command), what: `command "${commandId}": ${what}` },
  ];
  const acknowledged = publishes.find(({ sequence }) => sequence !== null);
  const [outcome, ...others] = outcomes;
  if (outcome === undefined) {
    return acknowledged === undefined ? [] : violation("no outcome", "it was acknowledged");
  }
  if (others.length > 0) {
    return violation("several outcomes", JSON.stringify(outcomes));
  }
  const answer = readAnswer(parseReply(outcome.body));
  const isRefusal = answer.kind === "refused" &&
    (answer.failed.error.code !== "ConcurrencyConflict" || expectedVersion !== null);
  if (answer.kind !== "accepted" && !isRefusal) {
    return violation("outcome that decides nothing", outcome.body);
  }
  // The outcome of a command that was published again takes the place of the one before.
  if (publishes.length > 1) return [];
  if (outcome.inboxSequence !== acknowledged?.sequence) {
    const { inboxSequence } = outcome;
    return violation(
      "outcome of another message",
      `${inboxSequence}, not ${acknowledged?.sequence}`,
    );
  }
  if (read === null || read.body === outcome.body) return [];
  return violation("changed outcome", `it was ${read.body}, and then ${outcome.body}`);
}

/** Only what is no command has a letter, one for each time that it was published. */
function checkLetters(
  { commandId, command, publishes }: DurableOperation,
  letters: Message[],
): Violation[] {
  const violation = (kind: ViolationKind): Violation[] => [
    {
      kind,
      subject: subjectOf(command),
      what: `command "${commandId}": ${letters.length} letters`,
    },
  ];
  if (PersonCommand.safeParse(command).success) {
    return letters.length === 0 ? [] : violation("dead letter of a good command");
  }
  const isKept = letters.length > 0 || publishes.every(({ sequence }) => sequence === null);
  return isKept && letters.length <= publishes.length ? [] : violation("wrong dead letters");
}

function commandIdOf({ subject, body }: Message): string {
  return Letter.safeParse(parseReply(body)).data?.command_id ?? subject;
}

const Addressed = z.record(z.string(), z.object({ person_id: z.string() }));

/** The person, where the command names one. */
function subjectOf(command: unknown): string {
  const [{ person_id } = { person_id: "" }] = Object.values(
    Addressed.safeParse(command).data ?? {},
  );
  return person_id;
}
