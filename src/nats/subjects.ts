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
};

/** @param prefix SUBJECT_PREFIX */
export function subjectsOf(prefix: string): Subjects {
  return {
    commands: `${prefix}.commands.>`,
    events: `${prefix}.events.>`,
    eventsOf: (personId) => `${prefix}.events.${personId}.>`,
    event: (personId, type) => `${prefix}.events.${personId}.${eventSuffix(type)}`,
  };
}

/**
 * Whether a reply may go there. It goes out with this service's rights: a caller must not have it stored among the
 * events, taken for a command, or sent to the server itself.
 */
export function mayReplyTo(replySubject: string, { events, commands }: Subjects): boolean {
  return ![events.slice(0, -1), commands.slice(0, -1), "$"].some((prefix) =>
    replySubject.startsWith(prefix)
  );
}

/** Name of the key-value bucket with the snapshots of a stream's persons. */
export function snapshotBucketOf(streamName: string): string {
  return `${streamName}_SNAPSHOTS`;
}

/**
 * Names of the streams that may be beside that of the events, in the order in which they are to be backed up: what is
 * acknowledged there is in the events, if those come last.
 */
export function streamsBeside(streamName: string): string[] {
  return ["INBOX", "OUTCOMES", "DLQ"].map((suffix) => `${streamName}_${suffix}`);
}
