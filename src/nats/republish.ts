import type { StreamConfig } from "@nats-io/jetstream";
import { snapshotBucketOf, type Subjects } from "./subjects.ts";

/**
 * Whether copies of a stream's messages go where the service or the server would take them for something else: the
 * server publishes them with rights of its own.
 *
 * @param eventStream name of the stream with the events, after which the snapshots are named
 */
export function republishesAmongOurs(
  { republish }: StreamConfig,
  { commands, inbox, events, outcomes, deadLetters }: Subjects,
  eventStream: string,
): boolean {
  if (republish === undefined) return false;
  const snapshots = `$KV.${snapshotBucketOf(eventStream)}.>`;
  return [commands, inbox, events, outcomes, deadLetters, snapshots, "$JS.>"]
    .some((subject) => subjectsOverlap(republish.dest, subject));
}

/** Whether there is a subject that fits both patterns. */
export function subjectsOverlap(one: string, other: string): boolean {
  const [some, others] = [one.split("."), other.split(".")];
  for (let index = 0;; index++) {
    const [a, b] = [some[index], others[index]];
    if (a === undefined || b === undefined) return a === b;
    if (a === ">" || b === ">") return true;
    if (a !== b && !isOpen(a) && !isOpen(b)) return false;
  }
}

/** A wildcard, or what a destination takes over of the message's own subject, as `{{wildcard(1)}}` or `$1`. */
function isOpen(token: string): boolean {
  return token === "*" || token.startsWith("{{") || /^\$\d+$/.test(token);
}
