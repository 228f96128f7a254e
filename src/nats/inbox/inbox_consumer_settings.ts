/**
 * How the inbox's consumer has to be.
 *
 * @module
 */
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerUpdateConfig,
  DeliverPolicy,
  ReplayPolicy,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";

/** Its name. */
export const INBOX_CONSUMER = "person-service";

/**
 * A message that nobody says is still being worked on goes to another instance after this time: it may be longer in
 * work than that, but then its instance says so.
 */
export const ACK_WAIT_MS = 15_000;

/** What does not limit a message's tries, nor how many may wait for their next one: others must not be held up. */
const LIMITS = {
  ack_wait: nanos(ACK_WAIT_MS),
  max_deliver: -1,
  max_ack_pending: -1,
};

/** The server lets nobody change these. */
const FIXED = {
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  replay_policy: ReplayPolicy.Instant,
  deliver_subject: undefined,
};

/** With any of these it would leave messages out, strip them, be removed, or refuse to be pulled from. */
const UNSET = [
  "filter_subject",
  "filter_subjects",
  "headers_only",
  "backoff",
  "inactive_threshold",
  "max_batch",
  "max_bytes",
  "max_expires",
  "priority_groups",
  "priority_policy",
];

/** With one of these the consumer passes commands over for good: it goes on behind them when it is set right. */
const PASSING_OVER = ["max_deliver", "filter_subject", "filter_subjects"];

/** What the server is asked to make. */
export const NEW_INBOX_CONSUMER: Partial<ConsumerConfig> = {
  ...LIMITS,
  name: INBOX_CONSUMER,
  durable_name: INBOX_CONSUMER,
  ack_policy: FIXED.ack_policy,
  deliver_policy: FIXED.deliver_policy,
};

/** A setting with the value that it has. */
export type FoundSetting = { name: string; value: unknown };

/** Settings of a consumer that are not as they have to be. */
export type ChangedSettings = {
  /** An update sets them right. */
  changeable: FoundSetting[];
  /** Only a consumer that is made anew is without them. */
  fixed: FoundSetting[];
  /** Whether it may have passed commands over, which only one that is made anew delivers. */
  mayHavePassedOver: boolean;
};

/** What was changed since the service made it. */
export function changedSettings(config: ConsumerConfig): ChangedSettings {
  const found = new Map<string, unknown>(Object.entries(config));
  const changed = (wanted: [name: string, value: unknown][]): FoundSetting[] =>
    wanted.filter(([name, value]) => !isSame(found.get(name), value))
      .map(([name]) => ({ name, value: found.get(name) }));
  const changeable = changed([
    ...Object.entries(LIMITS),
    ...UNSET.map((name): [string, unknown] => [name, undefined]),
  ]);
  return {
    changeable,
    fixed: changed(Object.entries(FIXED)),
    mayHavePassedOver: changeable.some(({ name }) => PASSING_OVER.includes(name)),
  };
}

/** As they are told: `ack_wait = 1000000000, max_deliver = 3`. */
export function describeSettings(settings: FoundSetting[]): string {
  return settings.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`).join(", ");
}

/** What an update has to say to set all right that can be. */
export function rightSettings(): Partial<ConsumerUpdateConfig> {
  const update: Partial<ConsumerUpdateConfig> = { ...LIMITS };
  // The client adds it to what it finds, and what is to go must stand in it; its types don't let that be written.
  for (const name of UNSET) Reflect.set(update, name, undefined);
  return update;
}

/** The server leaves out what is not set, or says so in several ways. */
function isSame(found: unknown, wanted: unknown): boolean {
  if (wanted !== undefined) return found === wanted;
  return [undefined, false, 0, "", "none"].some((unset) => found === unset) ||
    (Array.isArray(found) && found.length === 0);
}
