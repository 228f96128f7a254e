/**
 * What the operator's commands that work on streams share: a connection, and what to say when it fails.
 *
 * @module
 */
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { isNotEnabled, isPassing } from "../nats/attempts.ts";
import { asRefusal } from "../nats/startup_refused.ts";
import { connectOnce, Unanswered } from "./connect_once.ts";

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Does the work on a connection of its own.
 *
 * @throws {StartupRefused} for a permission that this login lacks
 * @throws {Unanswered} where NATS or JetStream can't be reached
 */
export async function withJetStream<T>(
  config: Config,
  name: string,
  work: (nc: NatsConnection, jsm: JetStreamManager) => Promise<T>,
): Promise<T> {
  const nc = await connectOnce(config, name, CONNECT_TIMEOUT_MS);
  try {
    return await work(nc, await jetstreamManager(nc, { checkAPI: false }));
  } catch (error) {
    if (!isPassing(error)) throw asRefusal(error);
    throw new Unanswered(describe(error, config.natsUrls.join(", ")), { cause: error });
  } finally {
    await nc.close();
  }
}

function describe(error: unknown, servers: string): string {
  if (isNotEnabled(error)) {
    return `There is no JetStream at ${servers}: turn it on in the server's configuration, and for the account; in a cluster, it may also lack a leader just now`;
  }
  if (error instanceof JetStreamApiError) {
    return `JetStream at ${servers} does not do it: ${error.message} (error ${error.code})`;
  }
  const reason = error instanceof Error ? error.message : error;
  return `JetStream at ${servers} gives no answer: ${reason}`;
}
