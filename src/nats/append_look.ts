import { StoreUnavailable } from "../application/failures.ts";
import type { Append, AppendResult, Deadline, Head, StoredEvent } from "../application/ports.ts";
import type { AppendRequest } from "./append_request.ts";
import { type Look, unavailable } from "./append_try.ts";
import type { HistoryReader } from "./history_reader.ts";
import { findStored, type StoredAppendOptions } from "./stored_append.ts";

/** Of several commands: each is to be decided again, by itself. */
export const APART: { outcome: "conflict" } = { outcome: "conflict" };

/** What a look has found: the append itself, with the sequence of its last event, or why it can't be stored. */
export type Found =
  | { outcome: "stored"; sequence: number }
  | Exclude<
    AppendResult,
    { outcome: "stored" }
  >;

/** What looking at the leader takes. */
export type AppendLookOptions = StoredAppendOptions & {
  /** Called when the stream turns out to hold another history than it did. */
  onRemade: (reason: string) => void;
};

/** Looks at the leader for what an answer to an append does not tell. */
export class AppendLook {
  readonly #reader: HistoryReader;
  readonly #options: AppendLookOptions;

  /** Reads nothing yet. */
  constructor(reader: HistoryReader, options: AppendLookOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  /**
   * What moved a head, or the command's id, at the leader; null where there is nothing new.
   * @param unanswered an earlier try ended without an answer
   */
  async look(
    request: AppendRequest,
    { duplicateOf, mayBeOurs }: Look,
    unanswered: boolean,
    deadline: Deadline,
  ): Promise<Found | null> {
    const { append } = request;
    try {
      const heads = await this.#movedHeads(request, unanswered || mayBeOurs, deadline);
      if (heads !== null) return heads;
      if (duplicateOf === null) return null;
      // Which of several commands it is shows when each is tried by itself; not while all may still be stored.
      if (append.some(({ expectedHead }) => expectedHead === null)) {
        return unanswered ? null : APART;
      }
      const event = await this.#findDuplicate(append, duplicateOf, deadline);
      return event === undefined ? null : { outcome: "duplicate", event };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      throw unavailable(error.message, true, error);
    }
  }

  /** What moved the heads of the append's persons, by the leader's word; null where they are as expected. */
  async #movedHeads(
    request: AppendRequest,
    unanswered: boolean,
    deadline: Deadline,
  ): Promise<Found | null> {
    const persons = request.append.flatMap(({ envelope, expectedHead }) =>
      expectedHead === null ? [] : { personId: envelope.aggregate_id, expectedHead }
    );
    const heads: Head[] = await Promise.all(
      persons.map(({ personId, expectedHead }) =>
        this.#reader.readHead(personId, deadline, expectedHead)
      ),
    );
    const moves = persons.map(({ expectedHead }, index) => (heads[index] ?? 0) - expectedHead);
    if (moves.some((move) => move > 0)) {
      // One leader may have refused what another one has stored, so that even a first try may be what moved them.
      const isAll = moves.every((move) => move > 0);
      const sequence = isAll ? await findStored(request, deadline, this.#options) : null;
      return sequence === null ? { outcome: "conflict", heads } : { outcome: "stored", sequence };
    }
    // While it is told of the stream as it was, a try that was left unanswered may still be stored.
    if (unanswered || moves.every((move) => move === 0)) return null;
    this.#options.onRemade("a person's head went back");
    return { outcome: "conflict", heads };
  }

  /** The event of an earlier command with the same id; of a batch's the server does not say where it is. */
  async #findDuplicate(
    append: Append,
    duplicateOf: number | "somewhere",
    deadline: Deadline,
  ): Promise<StoredEvent | undefined> {
    const { aggregate_id, causation_id } = append[0].envelope;
    if (duplicateOf !== "somewhere") {
      return await this.#reader.readAt(aggregate_id, duplicateOf, deadline);
    }
    for (const { envelope, expectedHead } of append) {
      const last = await this.#reader.readLast(envelope.aggregate_id, deadline, expectedHead ?? 0);
      const history = last && await this.#reader.readTail(last, null, deadline);
      const found = history?.findLast((event) => event.envelope.causation_id === causation_id);
      if (found !== undefined) return found;
    }
  }
}
