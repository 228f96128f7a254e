import type { PersonEvent } from "../domain/events.ts";
import { eventSuffix } from "../domain/events.ts";
import type { PersonId } from "../domain/values.ts";

/** Queue group of all instances: each command goes to one of them. */
export const QUEUE_GROUP = "person-service";

/** Every subject and stream name, made from the prefix in one place. */
export type Subjects = {
  /** Where commands come in. */
  commands: string;
  /** All stored events: the stream's only subject. */
  events: string;
  /**
   * One person's events. Every writer sends this very string as its expectation's filter: on replicated streams
   * the server keys checks in flight by the literal string.
   */
  eventsOf: (personId: PersonId) => string;
  event: (personId: PersonId, type: PersonEvent["type"]) => string;
  /** Where durable commands come in: the inbox stream's only subject. */
  inbox: string;
  /** What became of all durable commands. */
  outcomes: string;
  /** What became of one durable command. */
  outcome: (commandId: string) => string;
  /** What came into the inbox and is no command. */
  deadLetters: string;
  /** Where a message goes that came to the inbox on this subject. */
  deadLetter: (inboxSubject: string) => string;
  /** How subjects begin that no reply may go to. */
  closedToReplies: string[];
};

/** What comes behind the prefix in one of our subjects. */
const TREES = ["commands", "events", "inbox", "outcomes", "dlq"];

/** @param prefix SUBJECT_PREFIX */
export function subjectsOf(prefix: string): Subjects {
  return {
    inbox: `${prefix}.inbox.>`,
    outcomes: `${prefix}.outcomes.>`,
    outcome: (commandId) => `${prefix}.outcomes.${asToken(commandId)}`,
    deadLetters: `${prefix}.dlq.>`,
    deadLetter: (inboxSubject) => `${prefix}.dlq.${inboxSubject.slice(`${prefix}.inbox.`.length)}`,
    commands: `${prefix}.commands.>`,
    events: `${prefix}.events.>`,
    eventsOf: (personId) => `${prefix}.events.${personId}.>`,
    event: (personId, type) => `${prefix}.events.${personId}.${eventSuffix(type)}`,
    closedToReplies: [...TREES.map((tree) => `${prefix}.${tree}.`), "$"],
  };
}

/**
 * Prefixes of other services among whose subjects ours would be: `person` for `person.commands`. Whether there are such
 * services is another question.
 *
 * @param prefix SUBJECT_PREFIX
 */
export function outerPrefixesOf(prefix: string): string[] {
  const tokens = prefix.split(".");
  const isTree = (token: string, index: number) => index > 0 && TREES.includes(token);
  return tokens.flatMap((token, index) =>
    isTree(token, index) ? [tokens.slice(0, index).join(".")] : []
  );
}

/**
 * Whether a reply may go there. It goes out with this service's rights: a caller must not have it stored among the
 * events, taken for a command, or sent to the server itself.
 */
export function mayReplyTo(replySubject: string, subjects: Subjects): boolean {
  return !subjects.closedToReplies.some((start) => replySubject.startsWith(start));
}

/** Name of the key-value bucket with the snapshots of a stream's persons. */
export function snapshotBucketOf(streamName: string): string {
  return `${streamName}_SNAPSHOTS`;
}

/** Names of the streams for durable commands, made from that of the events' stream. */
export type DurableStreamNames = { inbox: string; outcomes: string; deadLetters: string };

/**
 * Follows the stream that holds the events, which may be an adopted one.
 *
 * @param streamName that of the events' stream
 */
export function durableStreamsOf(streamName: string): DurableStreamNames {
  return {
    inbox: `${streamName}_INBOX`,
    outcomes: `${streamName}_OUTCOMES`,
    deadLetters: `${streamName}_DLQ`,
  };
}

/**
 * Names of the streams that may be beside that of the events, in the order in which they are to be backed up: what is
 * acknowledged there is in the events, if those come last.
 */
export function streamsBeside(streamName: string): string[] {
  const { inbox, outcomes, deadLetters } = durableStreamsOf(streamName);
  return [inbox, outcomes, deadLetters];
}

/** Percent-encoded, so that an id of any characters is one token of a subject. */
function asToken(id: string): string {
  const bytes = new TextEncoder().encode(id);
  return [...bytes].map((byte) => {
    const character = String.fromCharCode(byte);
    if (/[\w-]/.test(character)) return character;
    return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
