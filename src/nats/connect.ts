/**
 * Connections to NATS that come and stay: whatever goes wrong is logged and tried again.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  AuthorizationError,
  connect as connectOnce,
  type NatsConnection,
  NatsConnectionImpl,
  type NodeConnectionOptions,
  PermissionViolationError,
  type Status,
  UserAuthenticationExpiredError,
} from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { authenticatorOf, loginAdvice } from "./login.ts";
import { tlsOptionsOf } from "./tls.ts";

const logger = getLogger(["person-service", "nats"]);

/** A server that accepts connections but doesn't answer within this time is given up. */
const DIAL_TIMEOUT_MS = 3_000;
/** A dead peer is noticed when three pings are unanswered at the time of the fourth: after 4 s. */
const PING_INTERVAL_MS = 1_000;
const UNANSWERED_PINGS = 3;
const SHORTEST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
/** Lies below `_INBOX.>`, which logins usually allow, and can be allowed by itself. */
const INBOX_PREFIX = "_INBOX.person-service";

/**
 * Options for a connection named `name`, which once made comes back after every interruption.
 *
 * @throws {ConfigError} when a login's file does not hold what it should
 */
export async function connectionOptions(
  config: Config,
  name: string,
): Promise<NodeConnectionOptions> {
  outliveResetSockets();
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
    ...(authenticator && { authenticator }),
    ...(tls && { tls }),
  };
}

/**
 * Connects, trying again until it succeeds. The connection then never closes by itself; what
 * happens to it is logged.
 *
 * @throws {ConfigError} when a login's file does not hold what it should
 */
export async function connect(config: Config, name: string): Promise<NatsConnection> {
  // The client's own waitOnFirstConnect would keep to itself why it can't connect.
  for (let attempt = 0;; attempt++) {
    const options = await connectionOptions(config, name);
    let reconnects = 0;
    options.reconnectDelayHandler = () => delayMs(reconnects);
    try {
      const nc = await connectOnce(options);
      logger.info("{name} connected to NATS at {server}", { name, server: nc.getServer() });
      const counted = (status: Status) => {
        if (status.type === "reconnecting") reconnects++;
        if (status.type === "reconnect") reconnects = 0;
      };
      void follow(nc, config, name, counted);
      return nc;
    } catch (error) {
      logFailure(error, config, name);
    }
    await new Promise((resolve) => setTimeout(resolve, delayMs(attempt)));
  }
}

/** Doubles from attempt to attempt; the random half keeps many clients from coming all at once. */
function delayMs(attempt: number): number {
  const longest = Math.min(SHORTEST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
  return longest / 2 + Math.random() * longest / 2;
}
