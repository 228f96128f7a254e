/**
 * A connection for one command of an operator: unlike the service, it does not wait for NATS to come.
 *
 * @module
 */
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { connectionOptions } from "../nats/connect.ts";

/** Nobody answered; the message says why and what to do. */
export class Unanswered extends Error {
  /** Tells this class apart in logs. */
  override name = "Unanswered";
}

/**
 * Connects, or gives up after `timeoutMs`.
 *
 * @throws {Unanswered}
 */
export async function connectOnce(
  config: Config,
  name: string,
  timeoutMs: number,
): Promise<NatsConnection> {
  const options = await connectionOptions(config, name);
  try {
    return await connect({
      ...options,
      reconnect: false,
      waitOnFirstConnect: false,
      timeout: timeoutMs,
    });
  } catch (cause) {
    const servers = config.natsUrls.join(", ");
    const reason = cause instanceof Error ? cause.message : cause;
    const start = Deno.build.standalone ? "a nats-server" : 'one with "deno task dev"';
    throw new Unanswered(`Cannot connect to NATS at ${servers}: ${reason}; start ${start}`, {
      cause,
    });
  }
}
