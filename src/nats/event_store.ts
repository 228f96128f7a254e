import { type NatsConnection, RequestError } from "@nats-io/transport-node";
import type {
  Append,
  AppendResult,
  Deadline,
  EventStore,
  Position,
  StoredEvent,
} from "../application/ports.ts";
import type { PersonId } from "../domain/values.ts";
import { meaningOf } from "./append_codes.ts";
import { type AppendRequest, appendRequest, readAcknowledgement } from "./append_request.ts";
import { isPassing, pauseBefore, TRY_TIMEOUT_MS } from "./attempts.ts";
import { hashEvent } from "./event_codec.ts";
import { HistoryReader, type HistoryReaderOptions } from "./history_reader.ts";
import { StoreUnavailable } from "../application/failures.ts";

/** What the event store works with. */
export type EventStoreOptions = HistoryReaderOptions & {
  /** What events are published on. */
  nc: NatsConnection;
  /** Called when the stream turns out to hold another history than it did. */
  onRemade: (reason: string) => void;
};

/** What one try of an append came to. */
type TryResult =
  | { kind: "stored"; sequence: number }
  | { kind: "look"; duplicateOf: number | "somewhere" | null; mayBeOurs: boolean }
  | { kind: "again" | "no answer" | "storage full" | "unavailable"; reason: unknown }
  | { kind: "defect"; code: number; description: string };

/** A message id of the batch is stored already. */
const BATCH_CONTAINS_DUPLICATE = 10201;

/** Codes that say: a message with this very id is stored, or about to be. */
const SAME_ID_CODES = new Set([10158, BATCH_CONTAINS_DUPLICATE]);

/** Persons' events in a JetStream stream. The server checks each append against the person's head. */
export class JetStreamEventStore implements EventStore {
  readonly #options: EventStoreOptions;
  readonly #reader: HistoryReader;

  /** Reads and writes nothing yet. */
  constructor(options: EventStoreOptions) {
    this.#options = options;
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
  async append(append: Append, deadline: Deadline): Promise<AppendResult> {
    const { nc, streamName, subjects, clock } = this.#options;
    const request = appendRequest(nc, streamName, subjects, append);
    let unclear = false;
    let cause: unknown;
    for (let tries = 0;; tries++) {
      await pauseBefore(tries, deadline, this.#options);
      const leftMs = deadline - clock.monotonicMs();
      if (leftMs < 1) throw unavailable("JetStream gave no answer in time", unclear, cause);
      const result = await this.#try(request, Math.min(TRY_TIMEOUT_MS, leftMs));
      switch (result.kind) {
        case "stored":
          return { outcome: "stored", events: this.#stored(append, request, result.sequence) };
        case "look": {
          unclear ||= result.mayBeOurs;
          const found = await this.#look(append, result.duplicateOf, unclear, deadline);
          if (found !== null) return found;
          // Nothing new: no conflict, an earlier try may still be under way. The same append again.
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
          throw unavailable("The stream has no room for more events", unclear, result.reason);
        case "unavailable":
          throw unavailable("JetStream refused the event", unclear, result.reason);
        case "defect":
          throw new Error(`JetStream refused the event (${result.code}): ${result.description}`);
      }
    }
  }

  async #try(request: AppendRequest, timeoutMs: number): Promise<TryResult> {
    try {
      const message = await this.#options.link.whileUp(request.send(timeoutMs));
      const answer = readAcknowledgement(message);
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

  /** What moved a head, or the command's id, at the leader; null where there is nothing new. */
  async #look(
    append: Append,
    duplicateOf: number | "somewhere" | null,
    unclear: boolean,
    deadline: Deadline,
  ): Promise<AppendResult | null> {
    try {
      if (await this.#headMoved(append, unclear, deadline)) return { outcome: "conflict", unclear };
      const event = await this.#findDuplicate(append, duplicateOf, deadline);
      return event === undefined ? null : { outcome: "duplicate", event };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      throw unavailable(error.message, unclear, error);
    }
  }

  /** Whether the head of one of the append's persons is another than expected, by the leader's word. */
  async #headMoved({ events }: Append, unclear: boolean, deadline: Deadline): Promise<boolean> {
    const heads = await Promise.all(
      events.map(({ envelope }) => this.#reader.readHead(envelope.aggregate_id, deadline)),
    );
    const moves = events.map(({ expectedHead }, index) => (heads[index] ?? 0) - expectedHead);
    if (moves.some((move) => move > 0)) return true;
    // A leader that was cut off tells old heads: the try that it left unanswered may still be stored.
    if (unclear || moves.every((move) => move === 0)) return false;
    this.#options.onRemade("a person's head went back");
    return true;
  }

  /** The event of an earlier command with the same id; of a batch's the server does not say where it is. */
  async #findDuplicate(
    { events, commandId }: Append,
    duplicateOf: number | "somewhere" | null,
    deadline: Deadline,
  ): Promise<StoredEvent | undefined> {
    if (duplicateOf === null) return undefined;
    if (duplicateOf !== "somewhere") {
      return await this.#reader.readAt(events[0].envelope.aggregate_id, duplicateOf, deadline);
    }
    for (const { envelope } of events) {
      const last = await this.#reader.readLast(envelope.aggregate_id, deadline);
      const history = last && await this.#reader.readTail(last, null, deadline);
      const found = history?.findLast((event) => event.envelope.causation_id === commandId);
      if (found !== undefined) return found;
    }
  }

  #stored(append: Append, { bodies }: AppendRequest, lastSequence: number): StoredEvent[] {
    return append.events.map(({ envelope, expectedHead }, index) => {
      const streamSequence = lastSequence - (append.events.length - 1 - index);
      if (streamSequence <= expectedHead) {
        this.#options.onRemade("an event was stored at or before its person's head");
      }
      return {
        envelope,
        streamSequence,
        previousSequence: expectedHead,
        commandHash: append.commandHash,
        eventHash: hashEvent(bodies[index] ?? new Uint8Array()),
      };
    });
  }
}

/** @param unclear a try may have stored the events */
function unavailable(message: string, unclear: boolean, cause: unknown): StoreUnavailable {
  return new StoreUnavailable(message, unclear ? "unknown" : "not stored", { cause });
}
