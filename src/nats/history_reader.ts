import type { JetStreamManager } from "@nats-io/jetstream";
import type { Deadline, Head, Position, Start, StoredEvent } from "../application/ports.ts";
import type { PersonId } from "../domain/values.ts";
import { askLeader, isThere } from "./ask_leader.ts";
import { readUntil, type Surroundings, TRY_TIMEOUT_MS, tryUntil } from "./attempts.ts";
import { readBatch } from "./batch_reader.ts";
import { decodeEvent, type StreamMessage } from "./event_codec.ts";
import { type FoundMessage, getDirect } from "./get_message.ts";
import { incomplete, isAt, isBatchCheaper, isSince, joinsUp, placeOf } from "./history.ts";
import type { Subjects } from "./subjects.ts";

/** Where the events are read from. */
export type HistoryReaderOptions = Surroundings & {
  /** With the time-out of one try. */
  jsm: JetStreamManager;
  /** The stream that holds the events. */
  streamName: string;
  /** The subjects they are stored on. */
  subjects: Subjects;
};

/** Reads a person's events at a cost that does not grow with the stream. */
export class HistoryReader {
  readonly #options: HistoryReaderOptions;

  /** Reads nothing yet. */
  constructor(options: HistoryReaderOptions) {
    this.#options = options;
  }

  /** See `EventStore.readLast`. */
  async readLast(
    personId: PersonId,
    deadline: Deadline,
    known: Head = 0,
  ): Promise<StoredEvent | null> {
    const message = await this.#lastMessage(personId, deadline, known);
    return message === null ? null : decodeEvent(personId, message);
  }

  /** The person's head as the leader has it, which is asked for a while until it is at `known` or beyond. */
  async readHead(personId: PersonId, deadline: Deadline, known: Head = 0): Promise<Head> {
    return (await this.#lastMessage(personId, deadline, known))?.seq ?? 0;
  }

  /** The event that is stored at this sequence, as the leader has it. */
  async readAt(personId: PersonId, sequence: number, deadline: Deadline): Promise<StoredEvent> {
    const message = await askLeader({ seq: sequence }, deadline, this.#options, isThere);
    return this.#personsOwn(personId, sequence, message);
  }

  /** See `EventStore.readTail`. */
  async readTail(
    last: StoredEvent,
    after: Position | null,
    deadline: Deadline,
  ): Promise<StoredEvent[] | null> {
    if (isBatchCheaper(last, after)) {
      const events = await this.#readBatches(last, after, deadline);
      // A replica that lags behind leaves events out: the walk asks the leader for those.
      if (joinsUp(events, last, after)) return after === null ? events : events.slice(1);
    }
    return await this.#walkBack(last, after, deadline);
  }

  /** See `EventStore.readFrom`. */
  async readFrom(
    personId: PersonId,
    start: Start,
    deadline: Deadline,
    known: Head = 0,
  ): Promise<StoredEvent[]> {
    const lastMessage = await this.#lastMessage(personId, deadline, known);
    if (lastMessage === null) return [];
    const next_by_subj = this.#options.subjects.eventsOf(personId);
    const query = "time" in start
      ? { seq: 0, start_time: start.time, next_by_subj }
      : { seq: start.sequence, next_by_subj };
    const message = await askLeader(
      query,
      deadline,
      this.#options,
      (found) => isThere(found) || !isSince(start, lastMessage),
    );
    if (message === null) return [];
    const first = decodeEvent(personId, message);
    if (first.streamSequence >= lastMessage.seq) return [first];
    const last = decodeEvent(personId, lastMessage);
    const tail = await this.readTail(last, placeOf(first), deadline);
    if (tail === null) throw incomplete(personId, last.streamSequence);
    return [first, ...tail];
  }

  /** From the last event back along `Previous-Sequence`: each step is one direct get, however large the stream. */
  async #walkBack(
    last: StoredEvent,
    after: Position | null,
    deadline: Deadline,
  ): Promise<StoredEvent[] | null> {
    const personId = last.envelope.aggregate_id;
    const tail = [last];
    for (let event = last;;) {
      const { previousSequence: previous, streamSequence } = event;
      if (previous === null) return await this.#walkForward(last, after, deadline);
      if (after !== null && previous < after.head) return null;
      if (previous === 0 && event.envelope.sequence === 1) return tail.reverse();
      if (previous === 0 || previous >= streamSequence) throw incomplete(personId, streamSequence);
      const before = await this.#readDirect(personId, previous, deadline);
      if (before.envelope.sequence !== event.envelope.sequence - 1) {
        throw incomplete(personId, previous);
      }
      if (after !== null && previous === after.head) {
        return isAt(before, after) ? tail.reverse() : null;
      }
      tail.push(before);
      event = before;
    }
  }

  /** For events without `Previous-Sequence`: message by message at the leader. */
  async #walkForward(
    last: StoredEvent,
    after: Position | null,
    deadline: Deadline,
  ): Promise<StoredEvent[] | null> {
    const personId = last.envelope.aggregate_id;
    const events: StoredEvent[] = [];
    for (let sequence = after?.head ?? 1; sequence <= last.streamSequence;) {
      const query = { seq: sequence, next_by_subj: this.#options.subjects.eventsOf(personId) };
      const message = await askLeader(query, deadline, this.#options, isThere);
      const event = this.#personsOwn(personId, sequence, message);
      events.push(event);
      sequence = event.streamSequence + 1;
    }
    if (joinsUp(events, last, after)) return after === null ? events : events.slice(1);
    if (after !== null) return null;
    throw incomplete(personId, last.streamSequence);
  }

  /** The person's events from `after` (itself included) on, as whichever replica answers has them. */
  async #readBatches(
    last: StoredEvent,
    after: Position | null,
    deadline: Deadline,
  ): Promise<StoredEvent[]> {
    const { jsm, streamName, subjects } = this.#options;
    const personId = last.envelope.aggregate_id;
    const subject = subjects.eventsOf(personId);
    const events: StoredEvent[] = [];
    for (let sequence = after?.head ?? 1; sequence <= last.streamSequence;) {
      const from = sequence;
      const messages = await readUntil(
        deadline,
        this.#options,
        () => readBatch(jsm, streamName, subject, from),
      );
      for (const message of messages) {
        if (message.seq <= last.streamSequence) events.push(decodeEvent(personId, message));
      }
      const end = messages.at(-1)?.seq;
      if (end === undefined) break;
      sequence = end + 1;
    }
    return events;
  }

  #lastMessage(
    personId: PersonId,
    deadline: Deadline,
    known: Head,
  ): Promise<FoundMessage | null> {
    const query = { last_by_subj: this.#options.subjects.eventsOf(personId) };
    return askLeader(query, deadline, this.#options, (found) => (found?.seq ?? 0) >= known);
  }

  /** The event at this sequence from any replica; from the leader where that one does not have it. */
  async #readDirect(
    personId: PersonId,
    sequence: number,
    deadline: Deadline,
  ): Promise<StoredEvent> {
    const { link, streamName } = this.#options;
    const message = await tryUntil(
      deadline,
      this.#options,
      (leftMs) => getDirect(link, streamName, sequence, Math.min(leftMs, TRY_TIMEOUT_MS)),
    );
    return message === null
      ? await this.readAt(personId, sequence, deadline)
      : this.#personsOwn(personId, sequence, message);
  }

  #personsOwn(personId: PersonId, sequence: number, message: StreamMessage | null): StoredEvent {
    const prefix = this.#options.subjects.eventsOf(personId).slice(0, -1);
    if (message?.subject.startsWith(prefix)) return decodeEvent(personId, message);
    throw incomplete(personId, sequence);
  }
}
