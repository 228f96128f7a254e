import { getLogger } from "@logtape/logtape";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { findByName } from "../stream_lookup.ts";
import { durableStreamsOf } from "../subjects.ts";

const logger = getLogger(["person-service", "inbox"]);

/**
 * Warns of commands that wait in an inbox of a service that takes none. Never rejects: it may serve all the same.
 *
 * @param streamName that of the events' stream
 */
export async function warnOfUntaken(nc: NatsConnection, streamName: string): Promise<void> {
  const { inbox } = durableStreamsOf(streamName);
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const waiting = (await findByName(jsm, inbox))?.state.messages ?? 0;
    if (waiting === 0) return;
    logger.warn(
      "{waiting} durable commands wait in {stream}, and this instance takes none: set DURABLE_COMMANDS=true",
      { waiting, stream: inbox },
    );
  } catch (error) {
    logger.debug("Stream {stream} could not be looked for", { stream: inbox, error });
  }
}
