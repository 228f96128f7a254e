/**
 * What happens to a connection after it was made: logged, and helped along where the client stalls.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  AuthorizationError,
  type NatsConnection,
  NatsConnectionImpl,
  PermissionViolationError,
  type Status,
  UserAuthenticationExpiredError,
} from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { unreachable } from "../domain/values.ts";
import { loginAdvice } from "./login.ts";

const logger = getLogger(["person-service", "nats"]);

const SHORTEST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/** How long to wait before the next attempt to connect. */
export class Backoff {
  #failures = 0;

  /** Doubles with each failure; the random half keeps many clients from coming all at once. */
  get delayMs(): number {
    const longest = Math.min(SHORTEST_DELAY_MS * 2 ** this.#failures, LONGEST_DELAY_MS);
    return longest / 2 + Math.random() * longest / 2;
  }

  /** To be called before each further attempt. */
  failed(): void {
    this.#failures++;
  }

  /** To be called when an attempt succeeded. */
  succeeded(): void {
    this.#failures = 0;
  }
}

/** A connection and what is to be known about it. */
export interface Followed {
  /** Tells the process's connections apart in the log. */
  name: string;
  /** For advice on what to change. */
  config: Config;
  /** Of the client's attempts to reconnect. */
  backoff: Backoff;
}

/** Resolves when the connection was closed on purpose. */
export async function followStatus(nc: NatsConnection, followed: Followed): Promise<void> {
  followed.backoff.succeeded();
  for await (const status of nc.status()) {
    if (status.type === "reconnecting") followed.backoff.failed();
    if (status.type === "reconnect") followed.backoff.succeeded();
    // The client first waits until everything written was sent, which to a dead peer it never is:
    // with some 4 MB waiting, the connection hung for as long as the server was frozen.
    if (status.type === "staleConnection") await breakOff(nc);
    logStatus(status, followed);
  }
}

/** Logs why an attempt to connect, or an operation on a connection, failed. */
export function logFailure(error: unknown, config: Config, connection: string): void {
  const properties = { connection, servers: config.natsUrls.join(","), error };
  if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError) {
    logger.error("NATS at {servers} refused the login: {advice}", {
      ...properties,
      advice: loginAdvice(config.auth),
    });
  } else if (error instanceof PermissionViolationError) {
    logger.error("NATS does not let this login {operation} {subject}: allow it in the account", {
      ...properties,
      operation: error.operation === "publish" ? "publish to" : "subscribe to",
      subject: error.subject,
    });
  } else {
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn("Cannot connect to NATS at {servers}: {reason}", { ...properties, reason });
  }
}

function logStatus(status: Status, { config, name: connection }: Followed): void {
  switch (status.type) {
    case "error":
      return logFailure(status.error, config, connection);
    case "disconnect":
      return logger.warn("Lost NATS at {server}", { server: status.server, connection });
    case "reconnect":
      return logger.info("Back at NATS at {server}", { server: status.server, connection });
    case "staleConnection":
      return logger.warn("NATS does not answer pings", { connection });
    case "ldm":
      return logger.info("NATS at {server} is about to stop", {
        server: status.server,
        connection,
      });
    case "slowConsumer":
      return logger.warn("{pending} messages wait to be handled", {
        pending: status.pending,
        connection,
      });
    case "reconnecting":
    case "update":
    case "forceReconnect":
    case "close":
      return logger.debug("NATS connection: {event}", { event: status.type, connection });
    case "ping":
      return;
    default:
      return unreachable(status);
  }
}

async function breakOff(nc: NatsConnection): Promise<void> {
  if (nc instanceof NatsConnectionImpl) await nc.protocol.transport.close();
}
