import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { CommandResult } from "../application/handle_command.ts";
import type { PersonId } from "../domain/values.ts";
import { BadCommand } from "./bad_command.ts";
import { Overloaded, StoreUnavailable, UnreadableHistory } from "../application/failures.ts";

/** Every error code with its NATS service code. Source: wire.md, Replies. */
export const ERROR_CODES = {
  ParseError: 400,
  ValidationError: 400,
  NotFound: 404,
  AlreadyExists: 409,
  InvalidStateTransition: 409,
  InvariantViolation: 409,
  ConcurrencyConflict: 409,
  IdempotencyConflict: 409,
  Internal: 500,
  Unavailable: 503,
  Overloaded: 503,
} as const;
/** A code of wire.md's list of failures. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** The answer to a command, in the shape of wire.md. */
export type Reply =
  | {
    aggregate_id: PersonId;
    version: number;
    events_generated: number;
    stream_sequence: number;
  }
  | {
    error: { code: ErrorCode; message: string; details?: unknown };
    aggregate_id?: PersonId;
    version?: number;
  };

/** What the command's handler came to. */
export function replyToResult(personId: PersonId, result: CommandResult): Reply {
  if ("accepted" in result) {
    const { version, eventsGenerated, streamSequence } = result.accepted;
    return {
      aggregate_id: personId,
      version,
      events_generated: eventsGenerated,
      stream_sequence: streamSequence,
    };
  }
  const { code, message, details, version } = result.refused;
  return {
    error: { code, message, ...(details === undefined ? {} : { details }) },
    aggregate_id: result.refused.personId,
    ...(version === 0 ? {} : { version }),
  };
}

/** What went wrong before the command could be decided. The one place that maps failures to codes. */
export function replyToFailure(personId: PersonId | undefined, failure: unknown): Reply {
  return {
    error: describe(failure),
    ...(personId === undefined ? {} : { aggregate_id: personId }),
  };
}

/** Body and NATS service headers of a reply. */
export function encodeReply(reply: Reply): { payload: string; headers?: MsgHdrs } {
  const payload = JSON.stringify(reply);
  if (!("error" in reply)) return { payload };
  const made = headers();
  made.set("Nats-Service-Error", headerText(reply.error.message));
  made.set("Nats-Service-Error-Code", String(ERROR_CODES[reply.error.code]));
  return { payload, headers: made };
}

function describe(failure: unknown): { code: ErrorCode; message: string; details?: unknown } {
  if (failure instanceof BadCommand) {
    const { code, message, details } = failure;
    return { code, message, ...(details === undefined ? {} : { details }) };
  }
  if (failure instanceof StoreUnavailable) {
    const { message, outcome } = failure;
    return { code: "Unavailable", message, details: { outcome } };
  }
  if (failure instanceof Overloaded) return { code: "Overloaded", message: failure.message };
  if (failure instanceof UnreadableHistory) return { code: "Internal", message: failure.message };
  // What a defect looks like from inside is for the log, not for the caller.
  return { code: "Internal", message: "The service failed; its log says why" };
}

/** A header is one line. */
function headerText(message: string): string {
  return message.replace(/\p{C}+/gu, " ").trim().slice(0, 1_000);
}
