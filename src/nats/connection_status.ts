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
  TimeoutError,
  UserAuthenticationExpiredError,
} from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { unreachable } from "../domain/values.ts";
import { type Answers, DeniedReplies } from "./denied_replies.ts";
import { loginAdvice } from "./login.ts";
import { mayReplyTo, subjectsOf } from "./subjects.ts";
import { tlsAdvice } from "./tls.ts";

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
  /** Sent to subjects of the callers'. */
  answers: Answers;
  /** For advice on what to change. */
  config: Config;
  /** Of the client's attempts to reconnect. */
  backoff: Backoff;
}

/** Resolves when the connection was closed on purpose. */
export async function followStatus(nc: NatsConnection, followed: Followed): Promise<void> {
  followed.backoff.succeeded();
  const deniedReplies = new DeniedReplies(followed.answers);
  for await (const status of nc.status()) {
    if (status.type === "reconnecting") followed.backoff.failed();
    if (status.type === "reconnect") followed.backoff.succeeded();
    // The client first waits until everything written was sent, which to a dead peer it never is:
    // with some 4 MB waiting, the connection hung for as long as the server was frozen.
    if (status.type === "staleConnection") await breakOff(nc);
    logStatus(status, followed, deniedReplies);
  }
}

/** Logs why an attempt to connect failed. */
export function logFailure(error: unknown, config: Config, connection: string): void {
  if (isRefusedLogin(error)) return logRefusedLogin(error, config, connection);
  const servers = config.natsUrls.join(",");
  const reason = reasonOf(error, config);
  logger.warn("Cannot connect to NATS at {servers}: {reason}", {
    servers,
    reason,
    connection,
  });
}

function logStatus(
  status: Status,
  { config, name: connection }: Followed,
  deniedReplies: DeniedReplies,
): void {
  switch (status.type) {
    case "error":
      if (isDeniedReply(status.error, config)) {
        const { outcomes } = subjectsOf(config.subjectPrefix);
        const { subject } = status.error;
        return deniedReplies.report({ subject, connection, outcomes });
      }
      return logError(status.error, config, connection);
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

/** Whatever else the service publishes goes to subjects of its own, or to the server. */
function isDeniedReply(error: Error, { subjectPrefix }: Config): error is PermissionViolationError {
  return error instanceof PermissionViolationError && error.operation === "publish" &&
    mayReplyTo(error.subject, subjectsOf(subjectPrefix));
}

function logError(error: Error, config: Config, connection: string): void {
  if (isRefusedLogin(error)) return logRefusedLogin(error, config, connection);
  if (!(error instanceof PermissionViolationError)) {
    return logger.error("NATS reports: {reason}", { reason: error.message, connection, error });
  }
  const use = error.operation === "publish" ? "publish to" : "subscribe to";
  const { subject } = error;
  logger.error("NATS does not let this login {use} {subject}: allow it in the account", {
    use,
    subject,
    connection,
  });
}

function logRefusedLogin(error: unknown, config: Config, connection: string): void {
  const servers = config.natsUrls.join(",");
  const advice = loginAdvice(config.auth);
  logger.error("NATS at {servers} refused the login: {advice}", {
    servers,
    advice,
    connection,
    error,
  });
}

function isRefusedLogin(error: unknown): boolean {
  return error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError;
}

function reasonOf(error: unknown, config: Config): string {
  if (!(error instanceof TimeoutError)) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = tlsAdvice(error, config);
    return advice === null ? reason : `${reason}; ${advice}`;
  }
  const { natsTls, tls } = config;
  // In TLS 1.3 the client's part succeeds without a certificate, and the server just hangs up.
  const isMissingCertificate = natsTls && tls.certFile === undefined;
  const hint = "; if it wants a client certificate, set NATS_TLS_CERT and NATS_TLS_KEY";
  return `no answer in time${isMissingCertificate ? hint : ""}`;
}

async function breakOff(nc: NatsConnection): Promise<void> {
  if (nc instanceof NatsConnectionImpl) await nc.protocol.transport.close();
}
