/**
 * One durable command and what became of it, in a connection of its own.
 *
 * @module
 */
import { jetstream, JetStreamApiError, jetstreamManager, type PubAck } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { isNotEnabled } from "../nats/attempts.ts";
import { readHeaders } from "../nats/command_headers.ts";
import {
  outcomeSubjectOf,
  type PublishedCommand,
  waitForOutcome,
} from "../nats/inbox/published_command.ts";
import { asRefusal } from "../nats/startup_refused.ts";
import { type Subjects, subjectsOf } from "../nats/subjects.ts";
import { NobodyThere, Unanswered } from "./connect_once.ts";
import { headersOf, reasonWithout, type Request, withConnection } from "./request.ts";

/** The server said that it does not take the command; the message says why. */
export class NotTaken extends Error {
  /** Tells this class apart in logs. */
  override name = "NotTaken";
}

/**
 * Publishes a command to the inbox, tells of the acknowledgement as soon as it is there, and waits for the outcome.
 *
 * @param waitMs for the outcome; 0 = not at all
 * @returns the text of the outcome; null where it was not waited for
 * @throws {Unanswered}
 * @throws {NotTaken}
 */
export async function sendDurably(
  config: Config,
  payload: Uint8Array,
  request: Request,
  { waitMs, onKept }: { waitMs: number; onKept: (ack: PubAck) => void },
): Promise<string | null> {
  return await withConnection(config, request, async (nc) => {
    const publishedMs = Date.now();
    const ack = await publish(nc, payload, request);
    onKept(ack);
    if (waitMs === 0) return null;
    const headers = headersOf(request);
    const { commandId } = readHeaders({ data: payload, headers }).given;
    const published = { ack, commandId, publishedMs };
    return await outcomeOf(nc, published, subjectsOf(config.subjectPrefix), waitMs);
  });
}

async function publish(
  nc: NatsConnection,
  payload: Uint8Array,
  request: Request,
): Promise<PubAck> {
  const { subject, timeoutMs: timeout } = request;
  try {
    const js = jetstream(nc, { checkAPI: false });
    return await js.publish(subject, payload, { headers: headersOf(request), timeout });
  } catch (error) {
    if (error instanceof JetStreamApiError) {
      throw new NotTaken(`The inbox does not take it (error ${error.code}): ${error.message}`, {
        cause: error,
      });
    }
    if (isNotEnabled(error)) {
      throw new NobodyThere(
        `No stream keeps "${subject}": does the service run with DURABLE_COMMANDS=true?`,
        { cause: error },
      );
    }
    throw new Unanswered(reasonWithout("acknowledgement", error, request), { cause: error });
  }
}

async function outcomeOf(
  nc: NatsConnection,
  published: PublishedCommand,
  subjects: Subjects,
  waitMs: number,
): Promise<string> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  let outcome: string | null;
  try {
    outcome = await waitForOutcome(jsm, published, subjects, waitMs);
  } catch (error) {
    throw asRefusal(error);
  }
  if (outcome !== null) return outcome;
  const subject = outcomeSubjectOf(published, subjects);
  throw new Unanswered(
    `No outcome within ${
      waitMs / 1000
    } s; the command stays in the inbox, and its outcome will be kept for 7 days on "${subject}"`,
  );
}
