/**
 * Replies as a caller reads them, by wire.md alone.
 *
 * @module
 */
import { z } from "zod";

/** The answer to an accepted command. */
export const Accepted = z.strictObject({
  aggregate_id: z.string(),
  version: z.int().positive(),
  events_generated: z.int().positive(),
  stream_sequence: z.int().positive(),
});
/** The answer to an accepted command. */
export type Accepted = z.infer<typeof Accepted>;

/** The answer to any other. */
export const Failed = z.strictObject({
  error: z.strictObject({
    code: z.enum([
      "ParseError",
      "ValidationError",
      "NotFound",
      "AlreadyExists",
      "InvalidStateTransition",
      "InvariantViolation",
      "ConcurrencyConflict",
      "IdempotencyConflict",
      "Unavailable",
      "Overloaded",
      "Internal",
    ]),
    message: z.string(),
    details: z.unknown().optional(),
  }),
  aggregate_id: z.string().optional(),
  version: z.int().positive().optional(),
});
/** The answer to any other. */
export type Failed = z.infer<typeof Failed>;

/** What a try came to, as its caller understands it. */
export type Answer =
  | { kind: "accepted"; accepted: Accepted }
  /** Decided and refused: nothing was stored. */
  | { kind: "refused"; failed: Failed }
  /** Not decided: nothing was stored. */
  | { kind: "not stored" }
  /** Perhaps it was stored, perhaps it is about to be. */
  | { kind: "unknown" }
  | { kind: "internal failure"; failed: Failed }
  | { kind: "malformed" };

const Outcome = z.object({ outcome: z.enum(["unknown", "not stored"]) });

/** A body as it came, as JSON; something that is no reply where it is none. */
export function parseReply(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { notJson: text };
  }
}

/** Reads a reply's body; null: none came. */
export function readAnswer(reply: unknown): Answer {
  if (reply === null || reply === undefined) return { kind: "unknown" };
  const accepted = Accepted.safeParse(reply);
  if (accepted.success) return { kind: "accepted", accepted: accepted.data };
  const { data: failed } = Failed.safeParse(reply);
  if (failed === undefined) return { kind: "malformed" };
  switch (failed.error.code) {
    case "Unavailable": {
      const { data } = Outcome.safeParse(failed.error.details);
      return data === undefined ? { kind: "malformed" } : { kind: data.outcome };
    }
    case "Overloaded":
      return { kind: "not stored" };
    case "Internal":
      return { kind: "internal failure", failed };
    default:
      return { kind: "refused", failed };
  }
}
