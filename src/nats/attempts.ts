import { setTimeout as delay } from "node:timers/promises";
import { JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import {
  ClosedConnectionError,
  ConnectionError,
  DrainingConnectionError,
  RequestError,
  TimeoutError,
} from "@nats-io/transport-node";
import type { Clock, Deadline } from "../application/ports.ts";
import { type Link, LinkLost } from "./link.ts";
import { isPermissionViolation } from "./startup_refused.ts";
import { StoreUnavailable } from "../application/failures.ts";

/** Longest that one try waits for its answer. */
export const TRY_TIMEOUT_MS = 1_000;

const LONGEST_PAUSE_MS = 250;

/** What trying again needs to know. */
export type Surroundings = { link: Link; clock: Clock };

/** Whether the same request may succeed in a moment. */
export function isPassing(error: unknown): boolean {
  if (isPermissionViolation(error)) return false;
  return error instanceof TimeoutError || error instanceof LinkLost ||
    error instanceof RequestError || error instanceof ClosedConnectionError ||
    error instanceof DrainingConnectionError || error instanceof ConnectionError ||
    error instanceof JetStreamApiError || error instanceof JetStreamError || isNotEnabled(error);
}

/**
 * Whether nobody took a request to JetStream: it is not enabled, no server leads the stream just now, or to a publish,
 * no stream has the subject.
 */
export function isNotEnabled(error: unknown): boolean {
  // The client does not export this class.
  return error instanceof Error && error.name === "JetStreamNotEnabled";
}

/** Waits before try number `tries` (0 = the first, at once), and for the link. Ends at the deadline. */
export async function pauseBefore(
  tries: number,
  deadline: Deadline,
  { link, clock }: Surroundings,
): Promise<void> {
  const leftMs = () => Math.max(0, deadline - clock.monotonicMs());
  if (tries > 0) {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, 10 * 2 ** Math.min(tries, 10));
    await delay(Math.min(leftMs(), pauseMs * (0.5 + Math.random() / 2)));
  }
  if (!link.isUp) await link.waitUntilUp(leftMs());
}

/**
 * Reads by the client until an answer comes.
 * Throws `StoreUnavailable` at the deadline, and at once what trying again won't mend.
 */
export function readUntil<T>(
  deadline: Deadline,
  surroundings: Surroundings,
  read: () => Promise<T>,
): Promise<T> {
  const { link } = surroundings;
  return tryUntil(deadline, surroundings, (leftMs) => within(leftMs, link.whileUp(read())));
}

/** As `readUntil`, of what itself ends in time and with the link. */
export async function tryUntil<T>(
  deadline: Deadline,
  surroundings: Surroundings,
  read: (leftMs: number) => Promise<T>,
): Promise<T> {
  const { clock } = surroundings;
  let cause: unknown;
  for (let tries = 0;; tries++) {
    await pauseBefore(tries, deadline, surroundings);
    const leftMs = deadline - clock.monotonicMs();
    if (leftMs < 1) {
      throw new StoreUnavailable("JetStream gave no answer in time", "not stored", { cause });
    }
    try {
      return await read(leftMs);
    } catch (error) {
      if (!isPassing(error)) throw error;
      cause = error;
    }
  }
}

function within<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError()), timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
