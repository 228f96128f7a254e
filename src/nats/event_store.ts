import type {
  Append,
  AppendResult,
  Deadline,
  EventStore,
  Position,
  Start,
  StoredEvent,
} from "../application/ports.ts";
import { type PersonId, unreachable } from "../domain/values.ts";
import { AppendGroups, type AppendGroupsOptions } from "./append_groups.ts";
import { type AppendRequest, appendRequest } from "./append_request.ts";
import { failureOf, type Look, tryOnce, type TryResult, unavailable } from "./append_try.ts";
import { pauseBefore, TRY_TIMEOUT_MS } from "./attempts.ts";
import { JustStored } from "./event_codec.ts";
import { HistoryReader, type HistoryReaderOptions } from "./history_reader.ts";
import { StoreUnavailable } from "../application/failures.ts";

/** What the event store works with. */
export type EventStoreOptions = HistoryReaderOptions & AppendGroupsOptions & {
  /** Called when the stream turns out to hold another history than it did. */
  onRemade: (reason: string) => void;
};

/** Persons' events in a JetStream stream. The server checks each append against the person's head. */
export class JetStreamEventStore implements EventStore {
  readonly #options: EventStoreOptions;
  readonly #reader: HistoryReader;
  readonly #groups: AppendGroups;

  /** Reads and writes nothing yet. */
  constructor(options: EventStoreOptions) {
    this.#options = options;
    this.#groups = new AppendGroups(options);
    this.#reader = new HistoryReader(options);
  }

  /** See `EventStore`. */
  readLast(personId: PersonId, deadline: Deadline): Promise<StoredEvent | null> {
    return this.#reader.readLast(personId, deadline);
  }

  /** See `EventStore`. */
  readTail(
    last: StoredEvent,
    after: Position | null,
    deadline: Deadline,
  ): Promise<StoredEvent[] | null> {
    return this.#reader.readTail(last, after, deadline);
  }

  /** See `EventStore`. */
  readFrom(personId: PersonId, start: Start, deadline: Deadline): Promise<StoredEvent[]> {
    return this.#reader.readFrom(personId, start, deadline);
  }

  /** See `EventStore`. */
  async append(append: Append, deadline: Deadline): Promise<AppendResult> {
    const { streamName, subjects, clock } = this.#options;
    const isOfSeveral = append.some(({ expectedHead }) => expectedHead === null);
    if (isOfSeveral && this.#groups.isAlone(append[0].envelope.aggregate_id)) return APART;
    const request = appendRequest(streamName, subjects, append);
    let unclear = false;
    let cause: unknown;
    for (let tries = 0;; tries++) {
      await pauseBefore(tries, deadline, this.#options);
      if (deadline - clock.monotonicMs() < 1) {
        throw unavailable("JetStream gave no answer in time", unclear, cause);
      }
      const result = tries === 0
        ? await this.#tryFirst(request, deadline)
        : await this.#tryAlone(request, deadline);
      switch (result.kind) {
        case "stored":
          return { outcome: "stored", events: this.#stored(append, request, result.sequence) };
        case "look": {
          const found = await this.#look(append, result, unclear, deadline);
          if (found !== null) {
            this.#groups.keepAlone(request.personIds);
            return found;
          }
          // Nothing new: no conflict, an earlier try may still be under way. The same append again.
          unclear ||= result.mayBeOurs;
          break;
        }
        case "no answer":
          unclear = true;
          cause = result.reason;
          break;
        case "again":
          cause = result.reason;
          break;
        case "storage full":
        case "unavailable":
        case "defect":
          // What is said of a batch need not hold for each of its events.
          if (isOfSeveral && !unclear) return APART;
          throw failureOf(result, unclear);
        default:
          return unreachable(result);
      }
    }
  }

  /** The first try may share a batch. Of a batch that was refused nothing is assumed: on its own, at once. */
  async #tryFirst(request: AppendRequest, deadline: Deadline): Promise<TryResult> {
    const result = await this.#groups.try(request, deadline);
    return result.kind === "alone" ? await this.#tryAlone(request, deadline) : result;
  }

  #tryAlone({ messages }: AppendRequest, deadline: Deadline): Promise<TryResult> {
    const leftMs = Math.max(1, deadline - this.#options.clock.monotonicMs());
    return tryOnce(messages, Math.min(TRY_TIMEOUT_MS, leftMs), this.#options);
  }

  /**
   * What moved a head, or the command's id, at the leader; null where there is nothing new.
   * @param unclear an earlier try ended without an answer
   */
  async #look(
    append: Append,
    { duplicateOf, mayBeOurs }: Look,
    unclear: boolean,
    deadline: Deadline,
  ): Promise<AppendResult | null> {
    const isUnclear = unclear || mayBeOurs;
    try {
      if (await this.#headMoved(append, isUnclear, deadline)) {
        return { outcome: "conflict", unclear: isUnclear };
      }
      if (duplicateOf === null) return null;
      // Which of several commands it is shows when each is tried by itself; not while all may still be stored.
      if (append.some(({ expectedHead }) => expectedHead === null)) return unclear ? null : APART;
      const event = await this.#findDuplicate(append, duplicateOf, deadline);
      return event === undefined ? null : { outcome: "duplicate", event };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      throw unavailable(error.message, isUnclear, error);
    }
  }

  /** Whether the head of one of the append's persons is another than expected, by the leader's word. */
  async #headMoved(append: Append, unclear: boolean, deadline: Deadline): Promise<boolean> {
    const moves = await Promise.all(append.map(async ({ envelope, expectedHead }) => {
      if (expectedHead === null) return 0;
      return await this.#reader.readHead(envelope.aggregate_id, deadline) - expectedHead;
    }));
    if (moves.some((move) => move > 0)) return true;
    // A leader that was cut off tells old heads: the try that it left unanswered may still be stored.
    if (unclear || moves.every((move) => move === 0)) return false;
    this.#options.onRemade("a person's head went back");
    return true;
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
    for (const { envelope } of append) {
      const last = await this.#reader.readLast(envelope.aggregate_id, deadline);
      const history = last && await this.#reader.readTail(last, null, deadline);
      const found = history?.findLast((event) => event.envelope.causation_id === causation_id);
      if (found !== undefined) return found;
    }
  }

  #stored(append: Append, { messages }: AppendRequest, lastSequence: number): StoredEvent[] {
    return append.map(({ envelope, expectedHead, commandHash }, index) => {
      const streamSequence = lastSequence - (append.length - 1 - index);
      const previousSequence = expectedHead ?? streamSequence - 1;
      if (streamSequence <= previousSequence) {
        this.#options.onRemade("an event was stored at or before its person's head");
      }
      const bytes = messages[index]?.body.length ?? 0;
      return new JustStored(envelope, streamSequence, previousSequence, commandHash, bytes);
    });
  }
}

/** Of several commands: each is to be decided again, by itself. */
const APART: AppendResult = { outcome: "conflict", unclear: false };
