/**
 * Who reads the events, and how far they are.
 *
 * @module
 */
import type { ConsumerInfo } from "@nats-io/jetstream";
import type { Examination } from "./examination.ts";
import { deniedBy, failed, type Finding, ok, skipped, warning } from "./finding.ts";

const CHECK = "consumer lag";

/** A reader that is so far behind stands still, or is too slow. */
const FAR_BEHIND = 1_000;

/** Each consumer of the stream with what it has still to read. */
export async function* checkConsumers(
  { jsm }: Examination,
  streamName: string,
): AsyncGenerator<Finding> {
  let listed = 0;
  try {
    for await (const consumer of jsm.consumers.list(streamName)) {
      listed++;
      yield checkLag(consumer);
    }
  } catch (error) {
    const denied = deniedBy(error);
    if (denied !== null) return yield skipped("consumers", denied);
    const reason = error instanceof Error ? error.message : String(error);
    return yield failed("consumers", reason);
  }
  if (listed === 0) yield ok("consumers", `none on "${streamName}"`);
}

/** What a consumer has still to read, and whether it goes on. */
export function checkLag(consumer: ConsumerInfo): Finding {
  const { name, stream_name: stream, config, num_pending: unread, num_ack_pending } = consumer;
  const found = describeConsumer(consumer);
  const { max_ack_pending: limit = -1 } = config;
  if (limit > 0 && num_ack_pending >= limit) {
    const todo = "mend its reader, which takes events and acknowledges none, and restart it";
    return warning(CHECK, `${found}, its limit: it gets no more`, todo);
  }
  if (unread < FAR_BEHIND) return ok(CHECK, found);
  return warning(CHECK, found, `see whether its reader runs: nats consumer info ${stream} ${name}`);
}

/** How far it is. */
export function describeConsumer(consumer: ConsumerInfo): string {
  const { name, stream_name: stream, num_redelivered: redelivered } = consumer;
  return `"${name}" of "${stream}": ${consumer.num_pending} to be read, ` +
    `${redelivered} delivered again, ${consumer.num_ack_pending} unacknowledged`;
}
