/**
 * Whether what comes into the inbox also goes.
 *
 * @module
 */
import { type ConsumerInfo, RetentionPolicy, type StreamInfo } from "@nats-io/jetstream";
import { describeConsumer } from "./consumers.ts";
import { passedOverAdvice, remakeAdvice, resumeAdvice } from "../../nats/inbox/inbox_consumer.ts";
import { changedSettings, describeSettings } from "../../nats/inbox/inbox_consumer_settings.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

const CHECK = "inbox lag";

/** Longer than a command waits that an instance had in work when it was killed, or that comes again after an outage. */
const LONG_AGE_MS = 60_000;
/** One that was acknowledged a moment ago may still be seen, and be taken for one that was passed over. */
const PASSED_OVER_AGE_MS = 10_000;

/** Whether the consumer that all instances share is as they need it, and goes on. */
export function* checkInboxConsumer(consumer: ConsumerInfo): Generator<Finding> {
  const check = "inbox consumer";
  const { name, stream_name: stream, config } = consumer;
  const { changeable, fixed, mayHavePassedOver } = changedSettings(config);
  const which = `"${name}" of "${stream}"`;
  if (fixed.length > 0) {
    yield failed(check, `${which} can't be used: ${describeSettings(fixed)}`, remakeAdvice(stream));
  }
  if (changeable.length > 0) {
    const found = `settings of ${which} were changed: ${describeSettings(changeable)}`;
    const todo = "restart an instance of the service, or run DURABLE_COMMANDS=true " +
      "person-service setup: both set them right";
    yield warning(check, found, mayHavePassedOver ? `${todo}; ${passedOverAdvice(stream)}` : todo);
  }
  if (consumer.paused === true) {
    const found = `${which} is paused until ${config.pause_until}: nobody gets commands of it`;
    yield warning(check, found, resumeAdvice(stream));
  }
  if (changeable.length + fixed.length === 0 && consumer.paused !== true) {
    yield ok(check, `${which} is as it has to be`);
  }
}

/**
 * Warns when the oldest command waits for long, or can't come any more. How many are unread would not do: one that
 * fails is given back, comes again without end, and counts as read.
 *
 * @param consumer as it was before the stream was looked at: what came since is not taken for passed over
 */
export function checkInbox(stream: StreamInfo, consumer: ConsumerInfo): Finding {
  const { config, state } = stream;
  const waiting = describeConsumer(consumer);
  if (config.retention !== RetentionPolicy.Workqueue) return checkKeepingInbox(stream, consumer);
  if (state.messages === 0) return ok(CHECK, waiting);
  const ageMs = ageOf(state.first_ts, stream);
  const found = `${waiting}; the oldest, at ${state.first_seq}, has waited for ${seconds(ageMs)}`;
  const isPassedOver = hasPassedOver(consumer, state.first_seq);
  if (ageMs <= (isPassedOver ? PASSED_OVER_AGE_MS : LONG_AGE_MS)) return ok(CHECK, found);
  return warning(CHECK, found, isPassedOver ? remakeTodo(consumer) : whatToDo(consumer));
}

/**
 * Of an inbox in which commands stay that are done: its oldest says nothing, nor does what its consumer has behind it.
 * What waits is not newer than the newest, and has waited at least since that came.
 */
function checkKeepingInbox(stream: StreamInfo, consumer: ConsumerInfo): Finding {
  const waiting = describeConsumer(consumer);
  if (isThrough(consumer)) return ok(CHECK, waiting);
  const ageMs = ageOf(stream.state.last_ts, stream);
  const found = `${waiting}; the oldest of these has waited for at least ${seconds(ageMs)}`;
  return ageMs <= LONG_AGE_MS ? ok(CHECK, found) : warning(CHECK, found, whatToDo(consumer));
}

/** By the server's own clock, if it tells it. */
function ageOf(storedAt: string, { ts }: StreamInfo): number {
  const now = ts === undefined ? Date.now() : Date.parse(ts);
  return Math.max(0, now - Date.parse(storedAt));
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1_000)} s`;
}

/** By a limit of tries, or a filter, that it had for a time. */
function hasPassedOver(consumer: ConsumerInfo, oldest: number): boolean {
  return consumer.paused !== true &&
    (consumer.ack_floor.stream_seq >= oldest || isThrough(consumer));
}

/** Whether it has nothing more to deliver, nor anything that may come again. */
function isThrough({ num_pending, num_ack_pending }: ConsumerInfo): boolean {
  return num_pending + num_ack_pending === 0;
}

function remakeTodo({ stream_name: stream }: ConsumerInfo): string {
  return `its consumer has passed it over; to have it delivered again: ${remakeAdvice(stream)}`;
}

function whatToDo(consumer: ConsumerInfo): string {
  const { num_ack_pending: unacknowledged, num_waiting: pulls } = consumer;
  if (consumer.paused === true) return resumeAdvice(consumer.stream_name);
  if (unacknowledged > 0) {
    return 'look in the log of the instances for "is tried again": it says why it fails';
  }
  if (pulls === 0) return "start the service with DURABLE_COMMANDS=true: nobody takes them";
  return "start more instances: those that are up take them, but not fast enough";
}
