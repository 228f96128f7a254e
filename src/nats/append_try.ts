import { RequestError } from "@nats-io/transport-node";
import { StoreUnavailable } from "../application/failures.ts";
import { unreachable } from "../domain/values.ts";
import { meaningOf } from "./append_codes.ts";
import { readAcknowledgement } from "./append_request.ts";
import { isPassing } from "./attempts.ts";
import type { Sent } from "./message_batch.ts";

/** An answer that only a look at the leader can explain; `duplicateOf` is where an event with the same id is stored. */
export type Look = {
  kind: "look";
  duplicateOf: number | "somewhere" | null;
  mayBeOurs: boolean;
};

/** Nothing was stored by this try, and trying again at once would not help. */
export type Refused =
  | { kind: "storage full" | "unavailable"; reason: unknown }
  | { kind: "defect"; code: number; description: string };

/** What one try of an append came to. `sequence` is that of its last event. */
export type TryResult =
  | { kind: "stored"; sequence: number }
  | { kind: "again" | "no answer"; reason: unknown }
  | Look
  | Refused;

/** A message id of the batch is stored already. */
const BATCH_CONTAINS_DUPLICATE = 10201;

/** Codes that say: a message with this very id is stored, or about to be. */
const SAME_ID_CODES = new Set([10158, BATCH_CONTAINS_DUPLICATE]);

/** Sends messages once, by a function that may throw, and reads what the server says to them. */
export async function tryOnce(send: () => Sent): Promise<TryResult> {
  try {
    const sent = send();
    const answer = readAcknowledgement(await sent.answer, sent.batchId);
    if (answer === null) {
      return { kind: "no answer", reason: new Error("JetStream did not answer") };
    }
    if (answer.stored) {
      return answer.isDuplicate
        ? { kind: "look", duplicateOf: answer.sequence, mayBeOurs: true }
        : { kind: "stored", sequence: answer.sequence };
    }
    const { code, status, description } = answer;
    const kind = meaningOf(code, status);
    if (kind === "look") {
      const duplicateOf = code === BATCH_CONTAINS_DUPLICATE ? "somewhere" : null;
      return { kind, duplicateOf, mayBeOurs: SAME_ID_CODES.has(code) };
    }
    if (kind === "defect") return { kind, code, description };
    return { kind, reason: new Error(`JetStream said ${code}: ${description}`) };
  } catch (reason) {
    if (!isPassing(reason)) throw reason;
    // Without responders nobody got the message: that try is known to have stored nothing.
    const isUndelivered = reason instanceof RequestError && reason.isNoResponders();
    return { kind: isUndelivered ? "again" : "no answer", reason };
  }
}

/**
 * What to tell of an append that was refused.
 * @param unclear another try may have stored it
 */
export function failureOf(refused: Refused, unclear: boolean): Error {
  switch (refused.kind) {
    case "storage full":
      return unavailable("The stream has no room for more events", unclear, refused.reason);
    case "unavailable":
      return unavailable("JetStream refused the event", unclear, refused.reason);
    case "defect":
      return new Error(`JetStream refused the event (${refused.code}): ${refused.description}`);
    default:
      return unreachable(refused);
  }
}

/** @param unclear a try may have stored the events */
export function unavailable(message: string, unclear: boolean, cause: unknown): StoreUnavailable {
  return new StoreUnavailable(message, unclear ? "unknown" : "not stored", { cause });
}
