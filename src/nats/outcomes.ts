import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { Delivery } from "./delivery.ts";
import { encodeReply, type Reply } from "./replies.ts";
import type { Subjects } from "./subjects.ts";

/** A message that tells what became of a durable command. */
export type OutcomeMessage = { payload: string | Uint8Array; headers: MsgHdrs };

/** Headers of an outcome, beside those of a reply. */
export const OUTCOME_HEADERS = {
  commandId: "Command-Id",
  inboxSequence: "Inbox-Sequence",
  inboxTime: "Inbox-Time",
};

/** What of a reply's headers an outcome has, too. */
const REPLY_HEADERS = ["Nats-Service-Error", "Nats-Service-Error-Code"];

/** What became of durable commands, one message each, in a stream. */
export class Outcomes {
  readonly #js: JetStreamClient;
  readonly #jsm: JetStreamManager;
  readonly #stream: string;
  readonly #subjects: Subjects;

  /**
   * Reads and writes nothing yet.
   *
   * @param stream the outcomes' stream
   */
  constructor(js: JetStreamClient, jsm: JetStreamManager, stream: string, subjects: Subjects) {
    this.#js = js;
    this.#jsm = jsm;
    this.#stream = stream;
    this.#subjects = subjects;
  }

  /** Stores an outcome, in place of an earlier one of that id. Rejects when it may not be stored. */
  async store(commandId: string, delivery: Delivery, reply: Reply): Promise<void> {
    const { payload, headers } = outcomeMessage(commandId, delivery, reply);
    await this.#js.publish(this.#subjects.outcome(commandId), payload, {
      headers,
      expect: { streamName: this.#stream },
    });
  }

  /** The outcome of this very message, which only a command delivered before can have; null = none. */
  async find(commandId: string, delivery: Delivery): Promise<OutcomeMessage | null> {
    // Of the leader: a replica may not have it yet.
    const found = await this.#jsm.streams.getMessage(this.#stream, {
      last_by_subj: this.#subjects.outcome(commandId),
    });
    if (found === null) return null;
    const { inboxSequence, inboxTime } = OUTCOME_HEADERS;
    const isOfThisMessage = found.header.get(inboxSequence) === String(delivery.sequence) &&
      found.header.get(inboxTime) === delivery.storedAtNs;
    if (!isOfThisMessage) return null;
    const made = headers();
    // Not those that say how it was stored.
    for (const name of [...REPLY_HEADERS, ...Object.values(OUTCOME_HEADERS)]) {
      if (found.header.has(name)) made.set(name, found.header.get(name));
    }
    return { payload: found.data, headers: made };
  }
}

/** An outcome as it goes over the wire; made anew for each publish, for the client adds to its headers. */
export function outcomeMessage(
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
