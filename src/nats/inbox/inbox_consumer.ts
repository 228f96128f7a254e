/**
 * The durable consumer that all instances share, and pulling from it.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import { getLogger } from "@logtape/logtape";
import { type ConsumerInfo, JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import { createInbox, type Msg, nanos, type NatsConnection } from "@nats-io/transport-node";
import { INBOX_PREFIX } from "../connect.ts";
import type { Link } from "../link.ts";
import { isPermissionViolation, StartupRefused } from "../startup_refused.ts";
import {
  changedSettings,
  describeSettings,
  INBOX_CONSUMER,
  NEW_INBOX_CONSUMER,
  rightSettings,
} from "./inbox_consumer_settings.ts";

const logger = getLogger(["person-service", "inbox"]);

const CONSUMER_NOT_FOUND = 10014;

/** How long a pull stays open while nothing comes. */
const PULL_MS = 20_000;
/** The server says so often that it is still there. */
const HEARTBEAT_MS = 2_000;
const MISSED_HEARTBEATS_MS = 2.5 * HEARTBEAT_MS;
/** A pull's messages come all at once: together well below what the server lets a client leave unread (64 MiB). */
const PULL_BYTES = 16 * 1024 * 1024;

/**
 * Makes the consumer, or sets it right. Throws `StartupRefused` where there is none and this login may not, and for one
 * that can't be set right.
 */
export async function ensureInboxConsumer(jsm: JetStreamManager, stream: string): Promise<void> {
  const found = await findInboxConsumer(jsm, stream);
  if (found === null) return await makeInboxConsumer(jsm, stream);
  const { changeable, fixed, mayHavePassedOver } = changedSettings(found.config);
  if (fixed.length > 0) {
    throw new StartupRefused(
      `Consumer "${INBOX_CONSUMER}" of stream "${stream}" is not fit: ${
        describeSettings(fixed)
      }. To have it made anew: ${remakeAdvice(stream)}`,
    );
  }
  if (changeable.length > 0) {
    await jsm.consumers.update(stream, INBOX_CONSUMER, rightSettings());
    logger.warn("Consumer {consumer} of {stream} set right: it had {settings}", {
      consumer: INBOX_CONSUMER,
      stream,
      settings: describeSettings(changeable),
    });
    if (mayHavePassedOver) {
      const advice = passedOverAdvice(stream);
      logger.warn("Consumer {consumer} of {stream}: {advice}", {
        consumer: INBOX_CONSUMER,
        stream,
        advice,
      });
    }
  }
  if (found.paused === true) {
    logger.warn("Consumer {consumer} of {stream} is paused until {until}: {advice}", {
      consumer: INBOX_CONSUMER,
      stream,
      until: found.config.pause_until,
      advice: resumeAdvice(stream),
    });
  }
}

/** What an operator does about one that can't be set right. What waits stays in the stream, and is delivered anew. */
export function remakeAdvice(stream: string): string {
  return `nats consumer rm ${stream} ${INBOX_CONSUMER}, then DURABLE_COMMANDS=true person-service setup`;
}

/** What an operator does about what one has passed over: when it is set right, it goes on behind that. */
export function passedOverAdvice(stream: string): string {
  return `it does not deliver commands that it passed over meanwhile, one made anew does: ${
    remakeAdvice(stream)
  }`;
}

/** What an operator does about one that is paused: whoever paused it may have had a reason. */
export function resumeAdvice(stream: string): string {
  return `nats consumer resume ${stream} ${INBOX_CONSUMER}`;
}

async function makeInboxConsumer(jsm: JetStreamManager, stream: string): Promise<void> {
  try {
    await jsm.consumers.add(stream, NEW_INBOX_CONSUMER);
  } catch (error) {
    if (!isPermissionViolation(error)) throw error;
    throw new StartupRefused(
      `This login may not make the consumer "${INBOX_CONSUMER}" of stream "${stream}". Run once, with an operator's login: person-service setup, with DURABLE_COMMANDS=true`,
      { cause: error },
    );
  }
}

/** The consumer; null where there is none. */
export async function findInboxConsumer(
  jsm: JetStreamManager,
  stream: string,
): Promise<ConsumerInfo | null> {
  try {
    return await jsm.consumers.info(stream, INBOX_CONSUMER);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return null;
    throw error;
  }
}

/** The sequence up to which every message of the inbox is done with. */
export async function readAckFloor(jsm: JetStreamManager, stream: string): Promise<number> {
  return (await jsm.consumers.info(stream, INBOX_CONSUMER)).ack_floor.stream_seq;
}

/** One request for messages. */
export type Pull = {
  nc: NatsConnection;
  link: Link;
  stream: string;
  maxMessages: number;
  /** Ends it early. */
  signal: AbortSignal;
};

/**
 * Asks for messages once, by hand: the client's own fetch drops what is under way when it is stopped.
 *
 * @param take is given each message as it comes
 * @returns null when the request came to its end, else what went wrong: the consumer may be gone
 */
export async function pullOnce(pull: Pull, take: (message: Msg) => void): Promise<string | null> {
  const { nc, link, stream, maxMessages, signal } = pull;
  const { promise: ended, resolve: end } = Promise.withResolvers<string | null>();
  const silent = setTimeout(() => end("the server fell silent"), MISSED_HEARTBEATS_MS);
  const stop = () => end(null);
  signal.addEventListener("abort", stop);
  const inbox = createInbox(INBOX_PREFIX);
  let received = 0;
  let expected = maxMessages;
  const subscription = nc.subscribe(inbox, {
    callback: (error, message) => {
      silent.refresh();
      if (error !== null) return end(error.message);
      if (message.subject !== inbox) {
        received++;
        take(message);
      } else if (message.headers?.code !== 100) {
        const answer = endOf(message, maxMessages);
        if ("problem" in answer) return end(answer.problem);
        // With replicas it may come before messages, which are sent when a majority knows of it.
        expected = answer.sent;
      }
      if (received >= expected) end(null);
    },
  });
  try {
    nc.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.${INBOX_CONSUMER}`,
      JSON.stringify({
        batch: maxMessages,
        max_bytes: Math.max(PULL_BYTES, 2 * (nc.info?.max_payload ?? 0)),
        expires: nanos(PULL_MS),
        idle_heartbeat: nanos(HEARTBEAT_MS),
      }),
      { reply: inbox },
    );
    const problem = await link.whileUp(ended);
    // What the server sent before it hears of the end still comes in.
    if (signal.aborted && link.isUp) await link.whileUp(subscription.drain());
    return problem;
  } finally {
    clearTimeout(silent);
    signal.removeEventListener("abort", stop);
    subscription.unsubscribe();
  }
}

/** How a pull ended, by its status: normally, with so many messages sent, or else. Source: NATS ADR-37. */
function endOf(
  { headers }: Msg,
  maxMessages: number,
): { sent: number } | { problem: string } {
  const { code = 0, description = "" } = headers ?? {};
  const sent = maxMessages - Number(headers?.get("Nats-Pending-Messages") || maxMessages);
  const isFull = /^(batch completed|message size exceeds maxbytes)$/i.test(description);
  // A pull that ended at once for nothing would be made again and again.
  if (code === 408 || (code === 409 && isFull && sent > 0)) return { sent };
  return { problem: code === 503 ? "there is no consumer just now" : `${code} ${description}` };
}
