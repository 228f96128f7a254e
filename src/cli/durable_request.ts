/**
 * One durable command and what became of it, in a connection of its own.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { jetstream, JetStreamApiError, jetstreamManager, type PubAck } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { readHeaders } from "../nats/command_headers.ts";
import { placeOf } from "../nats/inbox/delivery.ts";
import { OUTCOME_HEADERS } from "../nats/inbox/outcomes.ts";
import { asRefusal, isPermissionViolation } from "../nats/startup_refused.ts";
import { subjectsOf } from "../nats/subjects.ts";
import { NobodyThere, Unanswered } from "./connect_once.ts";
import { headersOf, reasonWithout, type Request, withConnection } from "./request.ts";

const POLL_MS = 100;

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
    const ack = await publish(nc, payload, request);
    onKept(ack);
    if (waitMs === 0) return null;
    const headers = headersOf(request);
    const commandId = readHeaders({ data: payload, headers }).given.commandId;
    // What can't be an id does not name the outcome either.
    const subject = subjectsOf(config.subjectPrefix).outcome(
      commandId ?? placeOf(ack.stream, ack.seq),
    );
    return await waitForOutcome(nc, ack, subject, waitMs);
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
    // The client does not export this class: no stream has the subject.
    if (error instanceof Error && error.name === "JetStreamNotEnabled") {
      throw new NobodyThere(
        `No stream keeps "${subject}": does the service run with DURABLE_COMMANDS=true?`,
        { cause: error },
      );
    }
    throw new Unanswered(reasonWithout("acknowledgement", error, request), { cause: error });
  }
}

/** The outcome of the very message that was acknowledged: an earlier one may have had the same id. */
async function waitForOutcome(
  nc: NatsConnection,
  ack: PubAck,
  subject: string,
  timeoutMs: number,
): Promise<string> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const stream = ack.stream.replace(/_INBOX$/, "_OUTCOMES");
  const giveUpMs = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const found = await jsm.direct.getMessage(stream, { last_by_subj: subject });
      const sequence = found?.header.get(OUTCOME_HEADERS.inboxSequence);
      if (sequence === String(ack.seq)) return found?.string() ?? "";
    } catch (error) {
      if (isPermissionViolation(error)) throw asRefusal(error);
      cause = error;
    }
    await delay(POLL_MS);
  } while (performance.now() < giveUpMs);
  throw new Unanswered(
    `No outcome within ${
      timeoutMs / 1000
    } s; the command stays in the inbox, and its outcome will be kept for 7 days on "${subject}"`,
    { cause },
  );
}
