import type { PersonId } from "../domain/values.ts";

/** A command was not taken, or waited longer than its deadline: nothing of it was done. */
export class Overloaded extends Error {
  /** Tells this class apart in logs. */
  override name = "Overloaded";
}

/** The stream could not be reached, or has no room, before the deadline. */
export class StoreUnavailable extends Error {
  /** Tells this class apart in logs. */
  override name = "StoreUnavailable";
  /** @param outcome what the caller may believe: `unknown` if a try ended without an answer. */
  constructor(message: string, readonly outcome: "not stored" | "unknown", options?: ErrorOptions) {
    super(message, options);
  }
}

/** A person's history has an event that is missing, damaged or of a newer version. Never skipped, never guessed. */
export class UnreadableHistory extends Error {
  /** Tells this class apart in logs. */
  override name = "UnreadableHistory";
  /** @param streamSequence where the history can't be read */
  constructor(
    readonly personId: PersonId,
    readonly streamSequence: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
