import type { ReceivedCommand } from "../../application/received_command.ts";
import { unreachable } from "../../domain/values.ts";
import type { ErrorCode, Reply } from "../replies.ts";

/**
 * Whether a durable command that failed so may succeed later, with nobody sending it again.
 * @param received undefined for a message that is no command
 */
export function isPassingReply(code: ErrorCode, received: ReceivedCommand | undefined): boolean {
  switch (code) {
    case "Unavailable":
    case "Overloaded":
    case "Internal":
      return true;
    case "ConcurrencyConflict":
      // Without an expectation of the caller's it says that others were faster each time.
      return received?.expectedVersion === null;
    case "ParseError":
    case "ValidationError":
    case "NotFound":
    case "AlreadyExists":
    case "InvalidStateTransition":
    case "InvariantViolation":
    case "IdempotencyConflict":
      return false;
    default:
      return unreachable(code);
  }
}

/** Whether an earlier command, executed first, could have made a refused one acceptable. */
export function mayDependOnEarlier(
  { error: { code }, version = 0 }: Extract<Reply, { error: unknown }>,
  { expectedVersion }: ReceivedCommand,
): boolean {
  switch (code) {
    case "NotFound":
    case "InvalidStateTransition":
    case "InvariantViolation":
    case "ValidationError":
      return true;
    case "ConcurrencyConflict":
      // Versions only grow.
      return expectedVersion !== null && version < expectedVersion;
    case "AlreadyExists":
    case "IdempotencyConflict":
      // Nothing removes a person, or a command that it remembers.
    case "ParseError":
    case "Unavailable":
    case "Overloaded":
    case "Internal":
      return false;
    default:
      return unreachable(code);
  }
}

/** Doubles from `firstMs` each time. */
type Backoff = { firstMs: number; longestMs: number };

const SOON: Backoff = { firstMs: 250, longestMs: 30_000 };
/** A defect or a history that can't be read takes somebody's hand. */
const LATER: Backoff = { firstMs: 5_000, longestMs: 600_000 };

/** For earlier messages, most of which are in work just now. */
const HELD: Backoff = { firstMs: 250, longestMs: 2_000 };
/** A thousand a second is less than half of what an instance can decide. */
const LEAST_APART_MS = 1;

/**
 * How long a message that failed waits for its next delivery.
 * @param failures of that kind in a row, from 1
 */
export function retryDelayMs(code: ErrorCode, failures: number): number {
  return pauseMs(code === "Internal" ? LATER : SOON, failures);
}

/**
 * How long a message waits whose refusal may be for want of an earlier one.
 * @param deliveries so far, from 1
 * @param held how many wait so: the server sends those first that come again, which must leave time for new ones
 */
export function heldDelayMs(deliveries: number, held: number): number {
  return Math.max(pauseMs(HELD, deliveries), held * LEAST_APART_MS);
}

function pauseMs({ firstMs, longestMs }: Backoff, times: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(times - 1, 20));
}
