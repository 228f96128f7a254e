/**
 * Whether what comes into the inbox also goes.
 *
 * @module
 */
import type { ConsumerInfo, StreamInfo } from "@nats-io/jetstream";
import { describeConsumer } from "./consumers.ts";
import { type Finding, ok, warning } from "./finding.ts";

const CHECK = "inbox lag";

/** Longer than a command waits that an instance had in work when it was killed, or that comes again after an outage. */
const LONG_AGE_MS = 60_000;

/**
 * Warns when the oldest command waits for long. How many are unread would not do: one that fails is given back, comes
 * again without end, and counts as read.
 */
export function checkInbox({ state, ts }: StreamInfo, consumer: ConsumerInfo): Finding {
  const waiting = describeConsumer(consumer);
  if (state.messages === 0) return ok(CHECK, waiting);
  // By the server's own clock, if it tells it.
  const ageMs = (ts === undefined ? Date.now() : Date.parse(ts)) - Date.parse(state.first_ts);
  const found = `${waiting}; the oldest, at ${state.first_seq}, has waited for ` +
    `${Math.max(0, Math.floor(ageMs / 1_000))} s`;
  return ageMs > LONG_AGE_MS ? warning(CHECK, found, whatToDo(consumer)) : ok(CHECK, found);
}

function whatToDo({ num_ack_pending: unacknowledged, num_waiting: pulls }: ConsumerInfo): string {
  if (unacknowledged > 0) {
    return 'look in the log of the instances for "is tried again": it says why it fails';
  }
  if (pulls === 0) return "start the service with DURABLE_COMMANDS=true: nobody takes them";
  return "start more instances: those that are up take them, but not fast enough";
}
