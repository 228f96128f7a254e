/**
 * Connections to NATS that come and stay: whatever goes wrong is logged and tried again.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  connect as connectOnce,
  type NatsConnection,
  type NodeConnectionOptions,
} from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { Backoff, followStatus, logFailure } from "./connection_status.ts";
import type { Answers } from "./denied_replies.ts";
import { authenticatorOf } from "./login.ts";
import { outliveStraySocketErrors } from "./stray_socket_errors.ts";
import { tlsOptionsOf } from "./tls.ts";

const logger = getLogger(["person-service", "nats"]);

/** A server that accepts connections but doesn't answer within this time is given up. */
const DIAL_TIMEOUT_MS = 3_000;
/** A dead peer is noticed when three pings are unanswered at the time of the fourth: after 4 s. */
const PING_INTERVAL_MS = 1_000;
const UNANSWERED_PINGS = 3;
/** Lies below `_INBOX.>`, which logins usually allow, and can be allowed by itself. */
export const INBOX_PREFIX = "_INBOX.person-service";

/**
 * Options for a connection named `name`, which once made comes back after every interruption.
 *
 * @throws {ConfigError} when a login's file does not hold what it should
 */
export async function connectionOptions(
  config: Config,
  name: string,
): Promise<NodeConnectionOptions> {
  outliveStraySocketErrors();
  const authenticator = await authenticatorOf(config.auth);
  const tls = tlsOptionsOf(config);
  return {
    name,
    servers: config.natsUrls,
    // Else the process needs permission for every address behind a name.
    resolve: false,
    inboxPrefix: INBOX_PREFIX,
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: UNANSWERED_PINGS,
    maxReconnectAttempts: -1,
    // By default the second refused login closes the connection for good.
    ignoreAuthErrorAbort: true,
    // Else each request takes a stack trace, which costs more than the request.
    noAsyncTraces: true,
    ...(authenticator && { authenticator }),
    ...(tls && { tls }),
  };
}

/**
 * Connects, trying again until it succeeds. The connection then never closes by itself; what
 * happens to it is logged.
 *
 * @param answers what is sent on it to subjects of the callers'
 * @throws {ConfigError} when a login's file does not hold what it should
 */
export async function connect(
  config: Config,
  name: string,
  answers: Answers = "replies",
): Promise<NatsConnection> {
  const backoff = new Backoff();
  const options = {
    ...await connectionOptions(config, name),
    reconnectDelayHandler: () => backoff.delayMs,
  };
  // The client's own waitOnFirstConnect would keep to itself why it can't connect.
  for (;;) {
    try {
      const nc = await connectOnce(options);
      logger.info("Connected to NATS at {server}", { server: nc.getServer(), connection: name });
      void followStatus(nc, { config, name, answers, backoff });
      return nc;
    } catch (error) {
      backoff.failed();
      logFailure(error, config, name);
    }
    await new Promise((resolve) => setTimeout(resolve, backoff.delayMs));
  }
}
