/**
 * Who reads the events, and how far they are.
 *
 * @module
 */
import type { ConsumerInfo } from "@nats-io/jetstream";
import type { Examination } from "./examination.ts";
import { deniedBy, failed, type Finding, ok, skipped, warning } from "./finding.ts";

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
      yield checkLag("consumer lag", consumer);
    }
  } catch (error) {
    const denied = deniedBy(error);
    if (denied !== null) return yield skipped("consumers", denied);
    const reason = error instanceof Error ? error.message : String(error);
    return yield failed("consumers", reason);
  }
  if (listed === 0) yield ok("consumers", `none on "${streamName}"`);
}

/** What a consumer has still to read. */
export function checkLag(check: string, consumer: ConsumerInfo): Finding {
  const { name, stream_name: stream, num_pending: unread, num_ack_pending: unacknowledged } =
    consumer;
  const found = `"${name}" of "${stream}": ${unread} to be read, ${unacknowledged} unacknowledged`;
  if (unread < FAR_BEHIND) return ok(check, found);
  return warning(check, found, `see whether its reader runs: nats consumer info ${stream} ${name}`);
}
