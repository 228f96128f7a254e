import { StoreUnavailable } from "../application/failures.ts";
import type { Append, AppendResult, Deadline, Head, StoredEvent } from "../application/ports.ts";
import { type Look, unavailable } from "./append_try.ts";
import type { HistoryReader } from "./history_reader.ts";

/** Of several commands: each is to be decided again, by itself. */
export const APART: AppendResult = { outcome: "conflict", unclear: false };

/** Looks at the leader for what an answer to an append does not tell. */
export class AppendLook {
  readonly #reader: HistoryReader;
  readonly #onRemade: (reason: string) => void;

  /** @param onRemade is called when the stream turns out to hold another history than it did */
  constructor(reader: HistoryReader, onRemade: (reason: string) => void) {
    this.#reader = reader;
    this.#onRemade = onRemade;
  }

  /**
   * What moved a head, or the command's id, at the leader; null where there is nothing new.
   * @param unanswered an earlier try ended without an answer
   */
  async look(
    append: Append,
    { duplicateOf, mayBeOurs }: Look,
    unanswered: boolean,
    deadline: Deadline,
  ): Promise<AppendResult | null> {
    try {
      const heads = await this.#movedHeads(append, unanswered || mayBeOurs, deadline);
      // One leader may have refused what another one has stored: it may be our own event that moved the head.
      if (heads !== null) return { outcome: "conflict", unclear: true, heads };
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

  /** The heads of the append's persons, by the leader's word, where one is another than expected; else null. */
  async #movedHeads(
    append: Append,
    unanswered: boolean,
    deadline: Deadline,
  ): Promise<Head[] | null> {
    const persons = append.flatMap(({ envelope, expectedHead }) =>
      expectedHead === null ? [] : { personId: envelope.aggregate_id, expectedHead }
    );
    const heads = await Promise.all(
      persons.map(({ personId, expectedHead }) =>
        this.#reader.readHead(personId, deadline, expectedHead)
      ),
    );
    const moves = persons.map(({ expectedHead }, index) => (heads[index] ?? 0) - expectedHead);
    if (moves.some((move) => move > 0)) return heads;
    // While it is told of the stream as it was, a try that was left unanswered may still be stored.
    if (unanswered || moves.every((move) => move === 0)) return null;
    this.#onRemade("a person's head went back");
    return heads;
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
