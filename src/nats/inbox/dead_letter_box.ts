/**
 * Dead letters as an operator deals with them.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  jetstream,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type PubAck,
  type StoredMsg,
} from "@nats-io/jetstream";
import { headers, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { readHeaders } from "../command_headers.ts";
import { findByName } from "../stream_lookup.ts";
import { durableStreamsOf, type Subjects } from "../subjects.ts";
import { DeadLetter, payloadOf } from "./dead_letters.ts";
import { type PublishedCommand, waitForOutcome } from "./published_command.ts";

/** A letter with its place in the dead letters' stream. `letter` is null for a message that is no letter. */
export type StoredLetter = { dlqSequence: number; letter: DeadLetter | null };

/** A letter that was published again. `wasTaken`: somebody else took it away at that moment, and may have published it. */
export type Retried = { published: PublishedCommand; wasTaken: boolean };

/** What became of a letter that was retried. */
export type Fate = {
  /** The reply to the command, as JSON; null = not known yet. */
  outcome: string | null;
  /** The letter that it is again; null = it is none. */
  again: StoredLetter | null;
};

/** A letter can't be sent again; the message says why. */
export class NotRetried extends Error {
  /** Tells this class apart in logs. */
  override name = "NotRetried";
}

/** The inbox takes a message for a repetition for a moment; one that others made may do so for two minutes. */
const DUPLICATE_PATIENCE_MS = 5_000;

/** Name of the dead letters' stream, which follows an adopted stream of events; null where there is none. */
export async function findDeadLetterStream(
  jsm: JetStreamManager,
  subjects: Subjects,
  { streamName, streamNameIsDefault }: { streamName: string; streamNameIsDefault: boolean },
): Promise<string | null> {
  const name = durableStreamsOf(streamName).deadLetters;
  if (await findByName(jsm, name) !== null) return name;
  if (!streamNameIsDefault) return null;
  for await (const other of jsm.streams.names(subjects.deadLetters)) return other;
  return null;
}

/** The dead letters in a stream. */
export class DeadLetterBox {
  readonly #js: JetStreamClient;
  readonly #jsm: JetStreamManager;
  readonly #stream: string;
  readonly #subjects: Subjects;

  /** Reads and writes nothing yet. */
  constructor(nc: NatsConnection, jsm: JetStreamManager, stream: string, subjects: Subjects) {
    this.#js = jetstream(nc, { checkAPI: false });
    this.#jsm = jsm;
    this.#stream = stream;
    this.#subjects = subjects;
  }

  /** All letters, the oldest first. */
  async *readAll(): AsyncGenerator<StoredLetter> {
    for (let seq = 1;;) {
      const next = { seq, next_by_subj: this.#subjects.deadLetters };
      const message = await this.#jsm.streams.getMessage(this.#stream, next);
      if (message === null) return;
      yield read(message);
      seq = message.seq + 1;
    }
  }

  /** The letter at this sequence of the stream; null where there is none. */
  async readAt(dlqSequence: number): Promise<StoredLetter | null> {
    const message = await this.#jsm.streams.getMessage(this.#stream, { seq: dlqSequence });
    return message === null ? null : read(message);
  }

  /**
   * Publishes what came in to the inbox again, as it was and with its id, and then takes the letter away.
   * If it fails in between, or somebody else retries it too, the command may come twice, which its id makes harmless.
   *
   * @returns null where somebody else has taken the letter away before: then nothing is published
   * @throws {NotRetried}
   */
  async retry({ dlqSequence, letter }: StoredLetter): Promise<Retried | null> {
    if (letter === null) throw new NotRetried("it is no letter of a person-service");
    // Whoever can write among the letters must not have events published with the operator's rights.
    if (!letter.subject.startsWith(this.#subjects.inbox.slice(0, -1))) {
      throw new NotRetried(`it did not come in on "${this.#subjects.inbox}"`);
    }
    const payload = payloadOf(letter);
    if (payload === null) throw new NotRetried("only the beginning of its payload was kept");
    if (letter.headers === null) throw new NotRetried("its headers could not be kept");
    const giveUpMs = performance.now() + DUPLICATE_PATIENCE_MS;
    for (;;) {
      if (await this.readAt(dlqSequence) === null) return null;
      const publishedMs = Date.now();
      const ack = await this.#js.publish(letter.subject, payload, { headers: headersFor(letter) });
      if (!ack.duplicate) {
        const wasTaken = !await this.drop(dlqSequence);
        const { commandId } = readHeaders({ data: payload, headers: headersFor(letter) }).given;
        return { published: { ack, commandId, publishedMs }, wasTaken };
      }
      if (performance.now() > giveUpMs) {
        throw new NotRetried(`the inbox has just had a message with its id; try again later`);
      }
      await delay(100);
    }
  }

  /**
   * What became of a letter that was retried, as soon as it is known: the text of its outcome, and where it is a letter
   * again.
   *
   * @param patienceMs how long to wait for that
   */
  async fateOf(
    { dlqSequence, letter }: StoredLetter,
    published: PublishedCommand,
    patienceMs: number,
  ): Promise<Fate> {
    const outcome = await waitForOutcome(this.#jsm, published, this.#subjects, patienceMs);
    // A letter is stored before its outcome is.
    const again = outcome === null || letter === null
      ? null
      : await this.#findAgain(letter.subject, published.ack, dlqSequence);
    return { outcome, again };
  }

  async #findAgain(
    subject: string,
    { stream, seq: inboxSequence }: PubAck,
    dlqSequence: number,
  ): Promise<StoredLetter | null> {
    for (let seq = dlqSequence + 1;;) {
      const next = { seq, next_by_subj: this.#subjects.deadLetter(subject) };
      const message = await this.#jsm.streams.getMessage(this.#stream, next);
      if (message === null) return null;
      const found = read(message);
      const isIt = found.letter?.stream === stream && found.letter.sequence === inboxSequence;
      if (isIt) return found;
      seq = message.seq + 1;
    }
  }

  /**
   * Takes the letter away for good.
   *
   * @returns false where it was not there any more
   */
  async drop(dlqSequence: number): Promise<boolean> {
    try {
      return await this.#jsm.streams.deleteMessage(this.#stream, dlqSequence, false);
    } catch (error) {
      // The server has several codes for it, and one of them is also for messages that it does not delete.
      const isAnswer = error instanceof JetStreamApiError;
      if (isAnswer && await this.readAt(dlqSequence) === null) return false;
      throw error;
    }
  }
}

function read(message: StoredMsg): StoredLetter {
  return { dlqSequence: message.seq, letter: parse(message.string()) };
}

function parse(text: string): DeadLetter | null {
  try {
    return DeadLetter.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Of the server's own headers the id alone: the others say how the message was to be stored then. */
function headersFor({ headers: found, command_id }: DeadLetter): MsgHdrs {
  const made = headers();
  // Callers write its name in any case.
  const isId = (name: string) => /^nats-msg-id$/i.test(name);
  for (const [name, values] of Object.entries(found ?? {})) {
    if (/^nats-/i.test(name) && !isId(name)) continue;
    for (const value of values) made.append(name, value);
  }
  // Without an id of the caller's it was named after its place in the inbox, which is another one now.
  if (!made.keys().some(isId)) made.set("Nats-Msg-Id", command_id);
  return made;
}
