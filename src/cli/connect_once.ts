/**
 * A connection for one command of an operator: unlike the service, it does not wait for NATS to come.
 *
 * @module
 */
import {
  AuthorizationError,
  connect,
  ConnectionError,
  type NatsConnection,
} from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { connectionOptions } from "../nats/connect.ts";
import { tlsAdvice } from "../nats/tls.ts";

/** Nobody answered; the message says why and what to do. */
export class Unanswered extends Error {
  /** Tells this class apart in logs. */
  override name = "Unanswered";
}

/** Nobody is there to take anything yet: what was to be sent was certainly not, and can be again. */
export class NobodyThere extends Unanswered {
  /** Tells this class apart in logs. */
  override name = "NobodyThere";
}

/**
 * Connects, or gives up after `timeoutMs`.
 *
 * @param inboxPrefix for replies; left out: the service's own
 * @throws {Unanswered}
 */
export async function connectOnce(
  config: Config,
  name: string,
  timeoutMs: number,
  inboxPrefix?: string,
): Promise<NatsConnection> {
  const options = await connectionOptions(config, name);
  try {
    return await connect({
      ...options,
      ...(inboxPrefix !== undefined && { inboxPrefix }),
      reconnect: false,
      waitOnFirstConnect: false,
      timeout: timeoutMs,
    });
  } catch (cause) {
    const servers = config.natsUrls.join(", ");
    const reason = cause instanceof Error ? cause.message : cause;
    const message = `Cannot connect to NATS at ${servers}: ${reason}${adviceOn(cause, config)}`;
    if (cause instanceof ConnectionError) throw new NobodyThere(message, { cause });
    throw new Unanswered(message, { cause });
  }
}

function adviceOn(cause: unknown, config: Config): string {
  if (cause instanceof AuthorizationError) return "; check the login, see person-service config";
  const aboutTls = tlsAdvice(cause, config);
  if (aboutTls !== null) return `; ${aboutTls}`;
  // Nobody listens there; any other failure is not mended by one more server.
  if (!(cause instanceof ConnectionError)) return "";
  return Deno.build.standalone ? "; is it running?" : '; start one with "deno task dev"';
}
