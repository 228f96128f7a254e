/**
 * One request and its reply, in a connection of its own.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  createInbox,
  errors,
  headers,
  type MsgHdrs,
  type NatsConnection,
} from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { INBOX_PREFIX } from "../nats/connect.ts";
import { isPermissionViolation } from "../nats/startup_refused.ts";
import { connectOnce, NobodyThere, Unanswered } from "./connect_once.ts";

/** For a service that is being started at the same time. */
const PATIENCE_MS = 5_000;
const RETRY_MS = 100;

/** Where a command goes, and with what. */
export type Request = {
  subject: string;
  timeoutMs: number;
  headers: Record<string, string | undefined>;
  /** Where replies are received; left out: where the service has its own. */
  inboxPrefix?: string | undefined;
};

/**
 * Sends bytes and resolves to the text of the reply.
 *
 * @throws {Unanswered}
 */
export async function requestReply(
  config: Config,
  payload: Uint8Array,
  request: Request,
): Promise<string> {
  return await withConnection(config, request, async (nc) => {
    try {
      const { subject, timeoutMs: timeout } = request;
      const reply = await nc.request(subject, payload, { timeout, headers: headersOf(request) });
      return reply.string();
    } catch (error) {
      throw asUnanswered(error, config, request);
    }
  });
}

/**
 * Does the work on a connection that can receive replies, and again for a while as long as nobody is there.
 *
 * @throws {Unanswered}
 */
export async function withConnection<T>(
  config: Config,
  { timeoutMs, inboxPrefix }: Request,
  work: (nc: NatsConnection) => Promise<T>,
): Promise<T> {
  const giveUpMs = performance.now() + Math.min(PATIENCE_MS, timeoutMs);
  for (;;) {
    try {
      const nc = await connectOnce(config, "person-service send", timeoutMs, inboxPrefix);
      try {
        await checkInbox(nc, inboxPrefix);
        return await work(nc);
      } finally {
        await nc.close();
      }
    } catch (error) {
      if (!(error instanceof NobodyThere) || performance.now() >= giveUpMs) throw error;
    }
    await delay(RETRY_MS);
  }
}

/** The headers that have a value. */
export function headersOf(request: Request): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) made.set(name, value);
  }
  return made;
}

/**
 * What to say when there is no reply: whether the command may be stored all the same.
 *
 * @param what was waited for in vain
 */
export function reasonWithout(what: string, error: unknown, request: Request): string {
  const { subject, timeoutMs, headers } = request;
  const reason = error instanceof Error ? error.message : String(error);
  // The server says no, or the client does before it sends anything.
  if (isPermissionViolation(error) || error instanceof errors.InvalidArgumentError) {
    return `Nothing was sent to "${subject}": ${reason}`;
  }
  const isTimeout = error instanceof errors.TimeoutError ||
    (error instanceof Error && error.cause instanceof errors.TimeoutError);
  const missed = isTimeout ? `No ${what} within ${timeoutMs / 1000} s` : `No ${what}: ${reason}`;
  return `${missed}, so the command may be stored or not; ` +
    `the same command with --id ${headers["Nats-Msg-Id"]} will tell`;
}

/** A login that may publish but not receive would have its command carried out and never know. */
async function checkInbox(nc: NatsConnection, prefix: string = INBOX_PREFIX): Promise<void> {
  let failure: Error | null = null;
  const callback = (error: Error | null) => {
    failure ??= error;
  };
  // As the client subscribes to replies.
  const subscription = nc.subscribe(`${createInbox(prefix)}.*`, { callback });
  try {
    await nc.flush();
  } catch (cause) {
    throw new Unanswered(`Nothing was sent: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  if (failure !== null) {
    throw new Unanswered(
      `Nothing was sent: this login may not receive replies on "${prefix}.>"; name what it may with --inbox-prefix`,
      { cause: failure },
    );
  }
  subscription.unsubscribe();
}

function asUnanswered(error: unknown, config: Config, request: Request): Unanswered {
  if (error instanceof errors.RequestError && error.isNoResponders()) {
    const start = Deno.build.standalone ? "person-service" : "deno task dev";
    return new NobodyThere(
      `No person-service is listening on "${request.subject}" at ${config.natsUrls.join(", ")}; ` +
        `start one with "${start}"`,
      { cause: error },
    );
  }
  return new Unanswered(reasonWithout("reply", error, request), { cause: error });
}
