/**
 * A caller who sends durable commands, and looks at what became of them.
 *
 * @module
 */
import {
  jetstream,
  type JetStreamManager,
  jetstreamManager,
  type PubAck,
} from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { DeadLetter } from "../../src/nats/inbox/dead_letters.ts";
import type { AnyReply } from "./command_client.ts";
import { readMessages, type StreamMessage } from "./stream_messages.ts";
import { until } from "./until.ts";

/** Longer than a message waits that was in work when its instance was killed. */
const REDELIVERED_MS = 60_000;

/** On a connection of somebody else's. */
export class InboxClient {
  readonly #nc: NatsConnection;
  readonly #publishTimeoutMs: number;

  constructor(nc: NatsConnection, { publishTimeoutMs = 15_000 } = {}) {
    this.#nc = nc;
    this.#publishTimeoutMs = publishTimeoutMs;
  }

  /** Publishes a command, or any payload; resolves when the server has stored it. */
  async publish(
    payload: unknown,
    headerFields: Record<string, string> = {},
    subject = "person.inbox.test",
  ): Promise<PubAck> {
    const made = headers();
    for (const [name, value] of Object.entries(headerFields)) made.set(name, value);
    const isRaw = typeof payload === "string" || payload instanceof Uint8Array;
    const js = jetstream(this.#nc, { checkAPI: false });
    const bytes = isRaw ? payload : JSON.stringify(payload);
    return await js.publish(subject, bytes, {
      headers: made,
      timeout: this.#publishTimeoutMs,
    });
  }

  /** The outcome on this subject, as soon as there is one. */
  async outcome(token: string): Promise<AnyReply & { headers: Record<string, string> }> {
    const jsm = await this.#manager();
    return await until(`there is an outcome of ${token}`, async () => {
      const last_by_subj = `person.outcomes.${token}`;
      const found = await jsm.streams.getMessage("PERSON_EVENTS_OUTCOMES", { last_by_subj });
      if (found === null) return false;
      const fields = [...found.header].map(([name, values]) => [name, values.join()]);
      return { ...found.json<AnyReply>(), headers: Object.fromEntries(fields) };
    }, REDELIVERED_MS);
  }

  /** Waits until nothing is left in the inbox, or just so many: a message goes after its outcome is there. */
  async emptied({ butFor = 0 } = {}): Promise<void> {
    const left = async () => await this.count("INBOX") === butFor;
    await until(`${butFor} messages are left in the inbox`, left, REDELIVERED_MS);
  }

  /** Messages in one of the streams. */
  async count(stream: "INBOX" | "OUTCOMES" | "DLQ"): Promise<number> {
    const { state } = await (await this.#manager()).streams.info(`PERSON_EVENTS_${stream}`);
    return state.messages;
  }

  /** All dead letters with the messages they are in. */
  async letters(): Promise<(StreamMessage & { letter: DeadLetter })[]> {
    const messages = await readMessages(this.#nc, "PERSON_EVENTS_DLQ");
    return messages.map((each) => ({ ...each, letter: DeadLetter.parse(JSON.parse(each.body)) }));
  }

  #manager(): Promise<JetStreamManager> {
    return jetstreamManager(this.#nc, { checkAPI: false });
  }
}
