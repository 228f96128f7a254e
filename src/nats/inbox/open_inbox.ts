import { getLogger } from "@logtape/logtape";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { ExecutionOptions } from "../command_execution.ts";
import { Link } from "../link.ts";
import { persist } from "../persist.ts";
import type { StreamSettings } from "../stream_lookup.ts";
import { durableStreamsOf, subjectsOf } from "../subjects.ts";
import { DeadLetters } from "./dead_letters.ts";
import { applyDurableStreamPlan, planDurableStreams } from "./durable_streams.ts";
import { Inbox } from "./inbox.ts";
import { ensureInboxConsumer, readAckFloor } from "./inbox_consumer.ts";
import { ACK_WAIT_MS } from "./inbox_consumer_settings.ts";
import { InboxOrder } from "./inbox_order.ts";
import { Outcomes } from "./outcomes.ts";

const logger = getLogger(["person-service", "inbox"]);

/**
 * Well before another instance may get the message: one that was frozen must not store events when the other has
 * already refused the command. Tried again without end, a command needs no longer.
 */
const LONGEST_COMMAND_MS = ACK_WAIT_MS - 5_000;

/** Storing an outcome may take as long as a change of the stream's leader. */
const STORE_TIMEOUT_MS = 5_000;

/**
 * Opens the streams for durable commands, makes them where they are missing, and takes commands from then on.
 * Waits for JetStream as long as it takes. Throws `StartupRefused` for what trying again won't mend.
 *
 * @param streamName that of the events' stream
 */
export async function openInbox(
  nc: NatsConnection,
  streamName: string,
  settings: StreamSettings,
  execution: ExecutionOptions,
): Promise<Inbox> {
  const options = { timeout: STORE_TIMEOUT_MS, checkAPI: false };
  const jsm = await jetstreamManager(nc, options);
  const js = jetstream(nc, options);
  const streams = durableStreamsOf(streamName);
  const subjects = subjectsOf(settings.subjectPrefix);
  await persist(async () => {
    await applyDurableStreamPlan(jsm, await planDurableStreams(jsm, streamName, settings));
    await ensureInboxConsumer(jsm, streams.inbox);
  });
  logger.info("Taking durable commands from {stream}", { stream: streams.inbox });
  const link = new Link(nc);
  return new Inbox({
    nc,
    link,
    jsm,
    stream: streams.inbox,
    subjects,
    outcomes: new Outcomes(js, link, streams.outcomes, subjects),
    deadLetters: new DeadLetters(js, streams.deadLetters, subjects),
    order: new InboxOrder(
      () => readAckFloor(jsm, streams.inbox),
      execution.dependencies.clock,
    ),
    execution: {
      ...execution,
      commandTimeoutMs: Math.min(execution.commandTimeoutMs, LONGEST_COMMAND_MS),
    },
  });
}
