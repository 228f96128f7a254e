import { setImmediate, setTimeout } from "node:timers";
import type { NatsConnection } from "@nats-io/transport-node";
import { EVENT_BODY, eventHeaders, type EventStream } from "./event_publisher.ts";

/** One is written while the next is sent. */
const MAX_BATCHES = 2;
const MAX_EVENTS = 512;

/** How long few wait for others. */
const GATHER_MS = 1;

type Waiting = {
  id: string;
  commandId: string;
  resolve: (sequence: number) => void;
  reject: (error: unknown) => void;
};

/** Stores events that wait at the same time in one atomic batch, with the same headers as the service's. */
export class BatchPublisher {
  readonly #nc: NatsConnection;
  readonly #to: EventStream;
  readonly #heads = new Map<string, number>();
  /** Persons with events in a batch under way: those behind them name the head that it makes. */
  readonly #busy = new Set<string>();
  #waiting: Waiting[] = [];
  #batches = 0;
  #usual = 0;
  #isSending = false;
  #isGathering = false;

  /** Stores nothing yet. */
  constructor(nc: NatsConnection, to: EventStream) {
    this.#nc = nc;
    this.#to = to;
  }

  /** Resolves to the event's sequence in the stream. */
  store(id: string, commandId: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, commandId, resolve, reject });
      this.#sendSoon();
    });
  }

  #sendSoon(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    setImmediate(() => {
      this.#isSending = false;
      this.#send();
    });
  }

  /** @param isLate those that wait have done so long enough */
  #send(isLate = false): void {
    while (this.#batches < MAX_BATCHES) {
      const free = this.#waiting.filter(({ id }) => !this.#busy.has(id)).slice(0, MAX_EVENTS);
      if (free.length === 0) return;
      if (free.length < this.#usual / 2 && !isLate) {
        if (this.#batches === 0) this.#gather();
        return;
      }
      const taken = new Set(free);
      this.#waiting = this.#waiting.filter((each) => !taken.has(each));
      this.#usual += (free.length - this.#usual) / 4;
      void this.#sendBatch(free).catch((error) => free.forEach(({ reject }) => reject(error)));
    }
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      this.#send(this.#batches === 0);
    }, GATHER_MS);
  }

  async #sendBatch(members: Waiting[]): Promise<void> {
    this.#batches++;
    const batchId = crypto.randomUUID();
    const inBatch = new Set<string>();
    let answer: Promise<{ json: <T>() => T }> | undefined;
    members.forEach(({ id, commandId }, index) => {
      const head = inBatch.has(id) ? null : this.#heads.get(id) ?? 0;
      inBatch.add(id);
      this.#busy.add(id);
      const made = eventHeaders(this.#to, id, commandId, head);
      made.set("Nats-Batch-Id", batchId);
      made.set("Nats-Batch-Sequence", String(index + 1));
      const subject = `${this.#to.prefix}.events.${id}.name_updated`;
      if (index < members.length - 1) {
        return this.#nc.publish(subject, EVENT_BODY, { headers: made });
      }
      made.set("Nats-Batch-Commit", "1");
      answer = this.#nc.request(subject, EVENT_BODY, { headers: made, timeout: 10_000 });
    });
    const { seq, error } = (await answer)?.json<{ seq: number; error?: unknown }>() ?? { seq: 0 };
    if (error !== undefined) throw new Error(`Not stored: ${JSON.stringify(error)}`);
    members.forEach(({ id, resolve }, index) => {
      const sequence = seq - members.length + 1 + index;
      this.#heads.set(id, sequence);
      this.#busy.delete(id);
      resolve(sequence);
    });
    this.#batches--;
    this.#sendSoon();
  }
}
