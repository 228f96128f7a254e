import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { readHeaders } from "../command_headers.ts";
import type { Link } from "../link.ts";
import type { ErrorCode } from "../replies.ts";
import { mayReplyTo, type Subjects } from "../subjects.ts";
import { type Delivery, deliveryOf } from "./delivery.ts";
import { settle, type SettlingOptions } from "./durable_command.ts";
import { FailureCounts } from "./failure_counts.ts";
import { giveBack, respond } from "./giving_back.ts";
import { ensureInboxConsumer, pullOnce } from "./inbox_consumer.ts";
import { ACK_WAIT_MS } from "./inbox_consumer_settings.ts";
import type { OutcomeMessage } from "./outcomes.ts";
import { heldDelayMs, retryDelayMs } from "./redelivery.ts";

const logger = getLogger(["person-service", "inbox"]);

/** Messages worked on at once. */
const MAX_IN_WORK = 64;
/** How long no more are pulled after one that failed as the next would: no stream to store in, or full queues. */
const OUTAGE_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
const ACKNOWLEDGE_TIMEOUT_MS = 2_000;

/** What the inbox takes from its surroundings. */
export type InboxOptions = SettlingOptions & {
  nc: NatsConnection;
  link: Link;
  jsm: JetStreamManager;
  /** The inbox's stream, on which the consumer is. */
  stream: string;
  subjects: Subjects;
};

/** Takes durable commands from their stream, and takes each away only when its outcome is stored. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #stopping = new AbortController();
  readonly #stopped = once(this.#stopping.signal, "abort");
  readonly #inWork = new Set<Promise<void>>();
  /** Those in work that don't merely wait for earlier ones. */
  readonly #busy = new Set<Promise<void>>();
  readonly #failures = new FailureCounts();
  readonly #ended: Promise<void>;
  #pauseUntilMs = 0;

  /** Takes commands from now on; the consumer must be there. */
  constructor(options: InboxOptions) {
    this.#options = options;
    this.#ended = this.#pullOnAndOn();
  }

  /** Takes no further command, gives those back that are under way, and waits for those in work. */
  async drain(): Promise<void> {
    this.#stopping.abort();
    this.#options.order.stop();
    await this.#ended;
    await Promise.all(this.#inWork);
  }

  /** Never rejects, and ends only when it is told to: whatever happens to NATS, stream or consumer passes. */
  async #pullOnAndOn(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        if (failures > 0) await this.#recover(failures);
        await this.#waitForRoom();
        if (signal.aborted) return;
        const maxMessages = MAX_IN_WORK - this.#busy.size;
        const pull = { ...this.#options, maxMessages, signal };
        const problem = await pullOnce(pull, (message) => this.#take(message));
        if (problem === null) failures = 0;
        else this.#warn(++failures, problem);
      } catch (error) {
        this.#warn(++failures, error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** With a pause that grows, for there may be nothing to pull from for a long time. */
  async #recover(failures: number): Promise<void> {
    const { link, jsm, stream } = this.#options;
    const { signal } = this.#stopping;
    await this.#pause(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** Math.min(failures, 10)));
    while (!link.isUp && !signal.aborted) {
      await Promise.race([link.waitUntilUp(LONGEST_PAUSE_MS), this.#stopped]);
    }
    if (!signal.aborted) await ensureInboxConsumer(jsm, stream);
  }

  async #waitForRoom(): Promise<void> {
    // Not for each single message: a pull should have room for some.
    while (this.#busy.size > MAX_IN_WORK / 2) await Promise.race(this.#busy);
    await this.#pause(this.#pauseUntilMs - performance.now());
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    if (ms > 0 && !signal.aborted) await delay(ms, undefined, { signal }).catch(() => {});
  }

  #warn(failures: number, reason: string): void {
    const { stream } = this.#options;
    if (this.#stopping.signal.aborted) return;
    // The connection itself says when NATS is away, and a leader may change at any time.
    const level = failures > 2 && this.#options.link.isUp ? "warn" : "debug";
    logger[level]("No commands from {stream} just now: {reason}", { stream, reason });
  }

  #take(message: Msg): void {
    if (this.#stopping.signal.aborted) return respond(message, "-NAK");
    const { promise: free, resolve: onFree } = Promise.withResolvers<void>();
    this.#busy.add(free);
    void free.then(() => this.#busy.delete(free));
    const work = this.#work(message, onFree).finally(() => {
      this.#inWork.delete(work);
      onFree();
    });
    this.#inWork.add(work);
  }

  /** Never rejects: nothing that a message contains may end or wedge the process. */
  async #work(message: Msg, onFree: () => void): Promise<void> {
    const stillAtIt = setInterval(() => respond(message, "+WPI"), ACK_WAIT_MS / 3);
    let delivery: Delivery | undefined;
    try {
      delivery = deliveryOf(message);
      const settlement = await settle(message, delivery, this.#options, onFree);
      if ("held" in settlement) {
        this.#hold(message, delivery, settlement.held.message);
      } else if ("again" in settlement) {
        const { code, message: reason } = settlement.again;
        this.#tryAgain(message, delivery, { code, reason });
      } else {
        this.#send(message, settlement.settled);
        await this.#acknowledge(message, settlement.acknowledgement);
        this.#failures.forget(delivery);
        this.#options.order.noteDone(delivery);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#tryAgain(message, delivery, { code: "Unavailable", reason });
    } finally {
      clearInterval(stillAtIt);
    }
  }

  #hold(message: Msg, { sequence, count }: Delivery, reason: string): void {
    // Another instance can have it at once.
    const isLast = this.#stopping.signal.aborted;
    const delayMs = isLast ? 0 : heldDelayMs(count, this.#options.order.held);
    giveBack(message, delayMs);
    logger.debug(
      "Message {sequence} of {stream} is decided again in {delayMs} ms, after earlier ones: {reason}",
      { stream: this.#options.stream, sequence, delayMs, reason },
    );
  }

  #tryAgain(
    message: Msg,
    delivery: Delivery | undefined,
    { code, reason }: { code: ErrorCode; reason: string },
  ): void {
    const failures = delivery === undefined ? 1 : this.#failures.add(delivery, code);
    const delayMs = retryDelayMs(code, failures);
    giveBack(message, delayMs);
    const now = performance.now();
    // All that come in an outage fail alike.
    const isOutage = code === "Unavailable" || code === "Overloaded";
    const isNews = !isOutage || this.#pauseUntilMs < now;
    logger[isNews ? "warn" : "debug"](
      "Message {sequence} of {stream} is tried again in {delayMs} ms: {code}: {reason}",
      { stream: this.#options.stream, sequence: delivery?.sequence, delayMs, code, reason },
    );
    if (isOutage) this.#pauseUntilMs = now + OUTAGE_PAUSE_MS;
  }

  /** To where the caller wants it, beside the stream of outcomes. */
  #send(message: Msg, { payload, headers }: OutcomeMessage): void {
    const { replyTo } = readHeaders(message).given;
    if (replyTo === null || !mayReplyTo(replyTo, this.#options.subjects)) return;
    this.#options.nc.publish(replyTo, payload, { headers });
  }

  /** Waits for the server's word. A message for which that is lost comes again, to the same outcome. */
  async #acknowledge({ reply = "" }: Msg, acknowledgement: string): Promise<void> {
    const { nc, link } = this.#options;
    try {
      const timeout = ACKNOWLEDGE_TIMEOUT_MS;
      await link.whileUp(nc.request(reply, acknowledgement, { timeout }));
    } catch (error) {
      logger.debug("{message} may come again", { message: reply, error });
    }
  }
}
