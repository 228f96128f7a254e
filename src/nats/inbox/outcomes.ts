import { JetStreamApiError, type JetStreamClient } from "@nats-io/jetstream";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { type FoundMessage, getFromLeader } from "../get_message.ts";
import type { Link } from "../link.ts";
import { encodeReply, type Reply } from "../replies.ts";
import type { Subjects } from "../subjects.ts";
import { type Delivery, ownIdOf, placeOf } from "./delivery.ts";

/** A message that tells what became of a durable command. */
export type OutcomeMessage = { payload: string | Uint8Array; headers: MsgHdrs };

/** Headers of an outcome, beside those of a reply. */
export const OUTCOME_HEADERS = {
  commandId: "Command-Id",
  inboxSequence: "Inbox-Sequence",
  inboxTime: "Inbox-Time",
};

const WRONG_LAST_SEQUENCE = 10071;

/** As long as a change of the stream's leader may take. */
const READ_TIMEOUT_MS = 5_000;
const SILENCE_MS = 1_000;

/** What of a reply's headers an outcome has, too. */
const REPLY_HEADERS = ["Nats-Service-Error", "Nats-Service-Error-Code"];

/** What became of durable commands, one message each, in a stream. */
export class Outcomes {
  readonly #js: JetStreamClient;
  readonly #link: Link;
  readonly #stream: string;
  readonly #subjects: Subjects;
  #silentMs = -Infinity;

  /**
   * Reads and writes nothing yet.
   *
   * @param stream the outcomes' stream
   */
  constructor(js: JetStreamClient, link: Link, stream: string, subjects: Subjects) {
    this.#js = js;
    this.#link = link;
    this.#stream = stream;
    this.#subjects = subjects;
  }

  /** Whether a read went without an answer a moment ago: then the next one hardly gets one. */
  get isSilent(): boolean {
    return performance.now() - this.#silentMs < SILENCE_MS;
  }

  /**
   * Stores the outcome of a message, in place of that of an earlier message with the same id. Where another instance
   * has worked on the same message and was faster, its outcome stands: the caller may have been told. Only where it tells
   * of an event that a restore has lost, and that is stored anew, this one takes its place.
   * Rejects when nothing can be stored.
   *
   * @returns what the stream has then
   */
  async store(commandId: string, delivery: Delivery, reply: Reply): Promise<OutcomeMessage> {
    const subject = this.#subjectOf(commandId, delivery);
    for (let lastSubjectSequence = 0;;) {
      const { payload, headers } = outcomeMessage(commandId, delivery, reply);
      try {
        const expect = { streamName: this.#stream, lastSubjectSequence };
        await this.#js.publish(subject, payload, { headers, expect });
        // The client has added to the headers.
        return outcomeMessage(commandId, delivery, reply);
      } catch (error) {
        const isOther = error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE;
        const last = isOther ? await this.#readLast(subject) : null;
        if (last === null || last.seq === lastSubjectSequence) throw error;
        const isStoredAnew = !("error" in reply) && !isRefusal(last) &&
          new TextDecoder().decode(last.data) !== payload;
        if (isOf(delivery, last) && !isStoredAnew) return asOutcome(last);
        lastSubjectSequence = last.seq;
      }
    }
  }

  /**
   * The refusal of this very message, which only one that was delivered before can have; null = none.
   * Rejects where there is no answer in time.
   */
  async findRefusal(
    commandId: string,
    delivery: Delivery,
    timeoutMs: number = READ_TIMEOUT_MS,
  ): Promise<OutcomeMessage | null> {
    const last = await this.#readLast(this.#subjectOf(commandId, delivery), timeoutMs);
    return last !== null && isOf(delivery, last) && isRefusal(last) ? asOutcome(last) : null;
  }

  #subjectOf(commandId: string, delivery: Delivery): string {
    const { stream, sequence } = delivery;
    const isOwn = commandId === ownIdOf(delivery);
    return this.#subjects.outcome(isOwn ? placeOf(stream, sequence) : commandId);
  }

  /** Of the leader: a replica may not have it yet. */
  async #readLast(subject: string, timeoutMs = READ_TIMEOUT_MS): Promise<FoundMessage | null> {
    try {
      return await getFromLeader(this.#link, this.#stream, { last_by_subj: subject }, timeoutMs);
    } catch (error) {
      this.#silentMs = performance.now();
      throw error;
    }
  }
}

function isOf({ sequence, storedAtNs }: Delivery, { header }: FoundMessage): boolean {
  return header?.get(OUTCOME_HEADERS.inboxSequence) === String(sequence) &&
    header?.get(OUTCOME_HEADERS.inboxTime) === storedAtNs;
}

function isRefusal({ header }: FoundMessage): boolean {
  return header?.has("Nats-Service-Error-Code") ?? false;
}

function asOutcome({ data, header }: FoundMessage): OutcomeMessage {
  const made = headers();
  // Not those that say how it was stored.
  for (const name of [...REPLY_HEADERS, ...Object.values(OUTCOME_HEADERS)]) {
    if (header?.has(name)) made.set(name, header.get(name));
  }
  return { payload: data, headers: made };
}

/** An outcome as it goes over the wire; made anew for each publish. */
function outcomeMessage(
  commandId: string,
  { sequence, storedAtNs }: Delivery,
  reply: Reply,
): OutcomeMessage {
  const { payload, headers: made = headers() } = encodeReply(reply);
  made.set(OUTCOME_HEADERS.commandId, commandId);
  made.set(OUTCOME_HEADERS.inboxSequence, String(sequence));
  made.set(OUTCOME_HEADERS.inboxTime, storedAtNs);
  return { payload, headers: made };
}
