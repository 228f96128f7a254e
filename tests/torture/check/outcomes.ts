/**
 * Durable commands and their outcomes, as the commands and replies that they are.
 *
 * @module
 */
import type { DurableOperation, Message, Operation } from "../history.ts";
import { parseReply } from "./replies.ts";

/** What became of a durable command, as it is stored. */
export type Outcome = {
  /** As its subject tells it. */
  commandId: string;
  /** Of the message that it is of. */
  inboxSequence: number;
  body: string;
};

const SUBJECT = /^person\.outcomes\.(\S+)$/;

/** The outcomes by the ids of their commands. */
export function outcomesById(messages: Message[]): Map<string, Outcome[]> {
  return Map.groupBy(messages.map(readOutcome), ({ commandId }) => commandId);
}

/**
 * Durable commands as live ones: what nobody acknowledged has no reply, and the reply to what was acknowledged is the
 * outcome, which was decided at some time up to when its caller first read it.
 */
export function asOperations(
  durable: DurableOperation[],
  outcomes: Map<string, Outcome[]>,
): Operation[] {
  return durable.map(({ commandId, command, expectedVersion, publishes, outcome: read }) => {
    const stored = outcomes.get(commandId)?.at(-1);
    const reply = stored === undefined ? null : parseReply(stored.body);
    const isRead = read !== null && read.body === stored?.body;
    const firstMs = publishes[0]?.sentMs ?? 0;
    const tries = publishes.map(({ sentMs, answeredMs, sequence }) =>
      sequence === null
        ? { sentMs, answeredMs, reply: null }
        : { sentMs: firstMs, answeredMs: isRead ? read.readMs : Infinity, reply }
    );
    return { commandId, command, expectedVersion, tries };
  });
}

function readOutcome({ subject, headers, body }: Message): Outcome {
  const [, token = subject] = SUBJECT.exec(subject) ?? [];
  const inboxSequence = Number(headers["Inbox-Sequence"]);
  return { commandId: decodeURIComponent(token), inboxSequence, body };
}
