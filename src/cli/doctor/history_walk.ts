/**
 * Every event of a stream, looked at once.
 *
 * @module
 */
import type { StoredMsg } from "@nats-io/jetstream";
import { UnreadableHistory } from "../../application/failures.ts";
import type { StoredEvent } from "../../application/ports.ts";
import { evolve, initialState } from "../../domain/person.ts";
import { PersonId } from "../../domain/values.ts";
import { decodeEvent } from "../../nats/event_codec.ts";

/** Why a person can't be loaded. */
export type Damage = { personId: PersonId; sequence: number; reason: string };

/** What is known of a person so far: where its last event is. */
type Last = { version: number; sequence: number };

/** Damages that are kept to be told; the others are counted. */
export const KEPT_DAMAGES = 10;

/**
 * Checks that each person's events can be read and make up one history, as the service demands it.
 * Keeps some 150 bytes a person.
 */
export class HistoryWalk {
  readonly #lasts = new Map<PersonId, Last | "damaged">();
  readonly #eventsPrefix: string;
  readonly #isWanted: (personId: PersonId) => boolean;
  /** Messages on subjects of the persons looked at. */
  events = 0;
  /** Persons that can't be loaded. */
  damaged = 0;
  /** The first of what is damaged, one a person. */
  readonly damages: Damage[] = [];
  /** Messages that are no events of a person. */
  foreign = 0;

  /**
   * Has seen nothing yet.
   * @param eventsPrefix what subjects of events begin with, a dot at its end
   * @param isWanted whether to look at a person
   */
  constructor(eventsPrefix: string, isWanted: (personId: PersonId) => boolean) {
    this.#eventsPrefix = eventsPrefix;
    this.#isWanted = isWanted;
  }

  /** Persons seen. */
  get persons(): number {
    return this.#lasts.size;
  }

  /** Looks at the next message of the stream. */
  add(message: StoredMsg): void {
    const isEvent = message.subject.startsWith(this.#eventsPrefix);
    const [id = "", ...suffix] = message.subject.slice(this.#eventsPrefix.length).split(".");
    // The service asks for ids in this form only.
    if (!isEvent || PersonId.safeParse(id).data !== id || suffix.length === 0) {
      this.foreign++;
      return;
    }
    if (!this.#isWanted(id)) return;
    this.events++;
    const last = this.#lasts.get(id);
    if (last === "damaged") return;
    try {
      const event = decodeEvent(id, message);
      checkNext(event, last ?? { version: 0, sequence: 0 });
      this.#lasts.set(id, { version: event.envelope.sequence, sequence: message.seq });
    } catch (error) {
      if (!(error instanceof UnreadableHistory)) throw error;
      this.#lasts.set(id, "damaged");
      this.damaged++;
      if (this.damages.length >= KEPT_DAMAGES) return;
      this.damages.push({ personId: id, sequence: message.seq, reason: error.message });
    }
  }
}

/** Throws `UnreadableHistory` unless the event is the one after the last. */
function checkNext({ envelope, previousSequence, streamSequence }: StoredEvent, last: Last): void {
  const { aggregate_id: personId, sequence, event } = envelope;
  const refuse = (reason: string) => new UnreadableHistory(personId, streamSequence, reason);
  if (sequence !== last.version + 1) {
    throw refuse(`version ${sequence} comes after version ${last.version}`);
  }
  if (previousSequence !== null && previousSequence !== last.sequence) {
    throw refuse(
      `it follows the event at ${previousSequence}, but the last one is at ${last.sequence}`,
    );
  }
  if (last.version === 0 && evolve(initialState, event) === null) {
    throw refuse(`the history begins with ${event.type}`);
  }
}
