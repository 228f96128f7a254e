import type {
  Append,
  AppendResult,
  Deadline,
  EventStore,
  Head,
  Position,
  Start,
  StoredEvent,
} from "../application/ports.ts";
import { type PersonId, unreachable } from "../domain/values.ts";
import { APART, AppendLook } from "./append_look.ts";
import { AppendGroups } from "./append_groups.ts";
import type { AtomicBatchesOptions, GroupResult } from "./atomic_batches.ts";
import { type AppendRequest, appendRequest } from "./append_request.ts";
import { failureOf, tryOnce, type TryResult, unavailable } from "./append_try.ts";
import { pauseBefore, TRY_TIMEOUT_MS } from "./attempts.ts";
import { JustStored } from "./event_codec.ts";
import { sendAtOnce } from "./message_batch.ts";
import { HistoryReader, type HistoryReaderOptions } from "./history_reader.ts";

/** A further try goes by itself, as does the first one of an append whose batch was refused. */
const ALONE: GroupResult = { kind: "alone" };

/** What the event store works with. */
export type EventStoreOptions = HistoryReaderOptions & AtomicBatchesOptions & {
  /** Called when the stream turns out to hold another history than it did. */
  onRemade: (reason: string) => void;
};

/** Persons' events in a JetStream stream. The server checks each append against the person's head. */
export class JetStreamEventStore implements EventStore {
  readonly #options: EventStoreOptions;
  readonly #reader: HistoryReader;
  readonly #groups: AppendGroups;
  readonly #leader: AppendLook;

  /** Reads and writes nothing yet. */
  constructor(options: EventStoreOptions) {
    this.#options = options;
    this.#groups = new AppendGroups(options);
    this.#reader = new HistoryReader(options);
    this.#leader = new AppendLook(this.#reader, options);
  }

  /** See `EventStore`. */
  readLast(personId: PersonId, deadline: Deadline, known?: Head): Promise<StoredEvent | null> {
    return this.#reader.readLast(personId, deadline, known);
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
  readFrom(
    personId: PersonId,
    start: Start,
    deadline: Deadline,
    known?: Head,
  ): Promise<StoredEvent[]> {
    return this.#reader.readFrom(personId, start, deadline, known);
  }

  /** See `EventStore`. */
  async append(append: Append, deadline: Deadline): Promise<AppendResult> {
    const { streamName, subjects, clock, link } = this.#options;
    const isOfSeveral = append.some(({ expectedHead }) => expectedHead === null);
    if (isOfSeveral && this.#groups.isAlone(append[0].envelope.aggregate_id)) return APART;
    const request = appendRequest(streamName, subjects, append);
    // A try without an answer may be stored yet; one that was refused, too, if it was not the leader that refused it.
    let unanswered = false;
    let unclear = false;
    let cause: unknown;
    for (let tries = 0;; tries++) {
      // Nearly always there is nothing to wait for, not even a promise.
      if (tries > 0 || !link.isUp) await pauseBefore(tries, deadline, this.#options);
      if (deadline - clock.monotonicMs() < 1) {
        throw unavailable("JetStream gave no answer in time", unclear, cause);
      }
      // The first try may share a batch. Of a batch that was refused nothing is assumed: on its own, at once.
      const first = tries === 0 ? await this.#groups.try(request, deadline) : ALONE;
      const result = first.kind === "alone" ? await this.#tryAlone(request, deadline) : first;
      switch (result.kind) {
        case "stored":
          return this.#stored(request, result.sequence);
        case "look": {
          const found = await this.#leader.look(request, result, unanswered, deadline);
          if (found?.outcome === "stored") return this.#stored(request, found.sequence);
          if (found !== null) {
            this.#groups.keepAlone(request.personIds);
            return found;
          }
          // Nothing new: no conflict, an earlier try may still be under way. The same append again.
          unanswered ||= result.mayBeOurs;
          unclear = true;
          break;
        }
        case "no answer":
          unanswered = unclear = true;
          cause = result.reason;
          break;
        case "again":
          cause = result.reason;
          break;
        case "storage full":
        case "unavailable":
        case "defect":
          // What is said of a batch need not hold for each of its events.
          if (isOfSeveral && !unanswered) return APART;
          throw failureOf(result, unclear);
        default:
          return unreachable(result);
      }
    }
  }

  #tryAlone(request: AppendRequest, deadline: Deadline): Promise<TryResult> {
    const leftMs = Math.max(1, deadline - this.#options.clock.monotonicMs());
    const timeoutMs = Math.min(TRY_TIMEOUT_MS, leftMs);
    return tryOnce(() => sendAtOnce(request, timeoutMs, this.#options));
  }

  #stored({ append, messages }: AppendRequest, lastSequence: number): AppendResult {
    const events = append.map(({ envelope, expectedHead, commandHash }, index) => {
      const streamSequence = lastSequence - (append.length - 1 - index);
      const previousSequence = expectedHead ?? streamSequence - 1;
      if (streamSequence <= previousSequence) {
        this.#options.onRemade("an event was stored at or before its person's head");
      }
      const bytes = messages[index]?.body.length ?? 0;
      return new JustStored(envelope, streamSequence, previousSequence, commandHash, bytes);
    });
    return { outcome: "stored", events };
  }
}
