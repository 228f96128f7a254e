import type {
  Append,
  AppendResult,
  EventStore,
  Position,
  Start,
  StoredEvent,
} from "../../src/application/ports.ts";
import type { PersonId } from "../../src/domain/values.ts";
import { encodeEvent, hashEvent } from "../../src/nats/event_codec.ts";

/** The event store's contract kept in memory: one list, as a stream is. */
export class MemoryEventStore implements EventStore {
  readonly #stream: StoredEvent[] = [];
  readonly #remembersIds: boolean;

  /** @param remembersIds whether it is still within the duplicate window of everything it holds */
  constructor({ remembersIds = true } = {}) {
    this.#remembersIds = remembersIds;
  }

  readLast(personId: PersonId): Promise<StoredEvent | null> {
    return Promise.resolve(this.#history(personId).at(-1) ?? null);
  }

  readTail(last: StoredEvent, after: Position | null): Promise<StoredEvent[] | null> {
    const history = this.#history(last.envelope.aggregate_id)
      .filter((event) => event.streamSequence <= last.streamSequence);
    if (after === null) return Promise.resolve(history);
    const base = history.find((event) => event.streamSequence === after.head);
    const joinsUp = base?.eventHash === after.eventHash &&
      base.envelope.sequence === after.version;
    const tail = history.filter((event) => event.streamSequence > after.head);
    return Promise.resolve(joinsUp ? tail : null);
  }

  /** Times are those of the events. */
  readFrom(personId: PersonId, start: Start): Promise<StoredEvent[]> {
    return Promise.resolve(
      this.#history(personId).filter(({ envelope, streamSequence }) =>
        "time" in start ? envelope.timestamp >= start.time : streamSequence >= start.sequence
      ),
    );
  }

  append(append: Append): Promise<AppendResult> {
    return Promise.resolve(this.#append(append));
  }

  #append(append: Append): AppendResult {
    const isStale = append.some(({ envelope, expectedHead }) =>
      expectedHead !== null &&
      (this.#history(envelope.aggregate_id).at(-1)?.streamSequence ?? 0) !== expectedHead
    );
    if (isStale) return this.#findStored(append) ?? { outcome: "conflict" };
    const duplicate = this.#remembersIds ? this.#findDuplicate(append) : undefined;
    if (duplicate !== undefined) {
      return append.some(({ expectedHead }) => expectedHead === null)
        ? { outcome: "conflict" }
        : { outcome: "duplicate", event: duplicate };
    }
    const stored = append.map(({ envelope, expectedHead, commandHash }, index) => ({
      envelope: structuredClone(envelope),
      streamSequence: this.#stream.length + index + 1,
      previousSequence: expectedHead ?? this.#stream.length + index,
      commandHash,
      eventHash: hashEvent(encodeEvent(envelope)),
      bytes: encodeEvent(envelope).length,
    }));
    this.#stream.push(...stored);
    return { outcome: "stored", events: stored };
  }

  /** Where it is stored already, whatever came behind it. */
  #findStored(append: Append): AppendResult | null {
    const [{ envelope, expectedHead }] = append;
    const first = this.#history(envelope.aggregate_id)
      .find(({ streamSequence }) => streamSequence > (expectedHead ?? 0));
    const from = (first?.streamSequence ?? 0) - 1;
    const events = this.#stream.slice(from, from + append.length);
    const isIt = first !== undefined &&
      append.every((each, index) =>
        hashEvent(encodeEvent(each.envelope)) === events[index]?.eventHash
      );
    return isIt ? { outcome: "stored", events } : null;
  }

  #findDuplicate(append: Append): StoredEvent | undefined {
    return append.flatMap(({ envelope }) =>
      this.#history(envelope.aggregate_id)
        .filter((event) => event.envelope.causation_id === envelope.causation_id)
    )[0];
  }

  #history(personId: PersonId): StoredEvent[] {
    return this.#stream.filter((event) => event.envelope.aggregate_id === personId);
  }
}
