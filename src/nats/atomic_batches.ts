import { setImmediate, setTimeout } from "node:timers";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Clock } from "../application/ports.ts";
import type { PersonId } from "../domain/values.ts";
import type { AppendPace } from "./append_pace.ts";
import type { AppendRequest } from "./append_request.ts";
import { tryOnce, type TryResult } from "./append_try.ts";
import { TRY_TIMEOUT_MS } from "./attempts.ts";
import { fitInOneBatch } from "./batch_limits.ts";
import type { Link } from "./link.ts";

/** One is written while the next is sent. */
const MAX_BATCHES = 2;

/** How long the first that wait do so for others, where more came together before. */
const GATHER_MS = 2;

/** Weight of the newest batch in their average size. */
const NEWEST = 0.25;

/** What came of a first try. `alone`: refused together with others; nothing is known of this append itself. */
export type GroupResult = TryResult | { kind: "alone" };

type Member = {
  request: AppendRequest;
  resolve: (result: GroupResult) => void;
  reject: (error: unknown) => void;
};

/** What batches work with. */
export type AtomicBatchesOptions = {
  nc: NatsConnection;
  link: Link;
  clock: Clock;
  /** Says when appends of one event are to share batches, and is told of each batch. */
  pace: AppendPace;
};

/** Sends appends that wait at the same time in one atomic batch, while the batch before is under way. */
export class AtomicBatches {
  readonly #options: AtomicBatchesOptions;
  readonly #pace: AppendPace;
  /** Whose appends wait for a batch, or are in one. */
  readonly #sharing = new Set<PersonId>();
  #waiting: Member[] = [];
  #batches = 0;
  #usualMembers = 0;
  #isSending = false;
  #isGathering = false;

  /** Sends nothing yet. */
  constructor(options: AtomicBatchesOptions) {
    this.#options = options;
    this.#pace = options.pace;
  }

  /** Of two appends on one head in one batch the server would check only the first. */
  mayTake({ personIds }: AppendRequest): boolean {
    return !personIds.some((personId) => this.#sharing.has(personId));
  }

  /** Tries an append once. Rejects with what trying again won't mend. */
  try(request: AppendRequest): Promise<GroupResult> {
    const { promise, resolve, reject } = Promise.withResolvers<GroupResult>();
    for (const personId of request.personIds) this.#sharing.add(personId);
    this.#waiting.push({ request, resolve, reject });
    this.#sendSoon();
    return promise;
  }

  /** After all that is at hand, for appends come in bursts: as many as there were replies in a batch before. */
  #sendSoon(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    setImmediate(() => {
      this.#isSending = false;
      this.#sendWaiting();
    });
  }

  /** @param isLate those that wait have done so long enough */
  #sendWaiting(isLate = false): void {
    if (!this.#pace.together) this.#releaseSingle();
    while (this.#waiting.length > 0 && this.#batches < MAX_BATCHES) {
      // Each batch costs the same: one that is much smaller than those before is better sent a moment later.
      const isSmall = this.#waiting.length < this.#usualMembers / 2;
      if (isSmall && !isLate) {
        if (this.#batches === 0) this.#gather();
        return;
      }
      const fitting = fitInOneBatch(this.#waiting.map(({ request }) => request));
      const members = this.#waiting.splice(0, fitting);
      this.#usualMembers += NEWEST * (members.length - this.#usualMembers);
      this.#batches++;
      this.#sendBatch(members).then(() => this.#sendSoon());
    }
  }

  /** What shares batches no longer. */
  #releaseSingle(): void {
    const single = this.#waiting.filter(({ request }) => !hasSeveral(request));
    if (single.length === 0) return;
    this.#waiting = this.#waiting.filter(({ request }) => hasSeveral(request));
    this.#release(single, { kind: "alone" });
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      this.#sendWaiting(this.#batches === 0);
    }, GATHER_MS);
  }

  /** Never rejects. */
  async #sendBatch(members: Member[]): Promise<void> {
    const { clock } = this.#options;
    const messages = members.flatMap(({ request }) => request.messages);
    try {
      const result = await tryOnce(messages, TRY_TIMEOUT_MS, this.#options);
      if (result.kind === "stored") {
        this.#pace.storedTogether(clock.monotonicMs(), messages.length);
        this.#releaseStored(members, result.sequence);
      } else {
        // One stale member is no fault of batches, but where most have one, nothing is gained by them.
        if (result.kind === "look") this.#pace.storedTogether(clock.monotonicMs(), 0);
        else this.#pace.pause(clock.monotonicMs());
        const isOnesOwn = members.length === 1 || result.kind === "no answer";
        this.#release(members, isOnesOwn ? result : { kind: "alone" });
      }
    } catch (error) {
      this.#noLongerSharing(members);
      for (const { reject } of members) reject(error);
    } finally {
      this.#batches--;
    }
  }

  #releaseStored(members: Member[], lastSequence: number): void {
    let sequence = lastSequence;
    for (const member of members.toReversed()) {
      this.#release([member], { kind: "stored", sequence });
      sequence -= member.request.messages.length;
    }
  }

  #release(members: Member[], result: GroupResult): void {
    this.#noLongerSharing(members);
    for (const { resolve } of members) resolve(result);
  }

  #noLongerSharing(members: Member[]): void {
    for (const { request } of members) {
      for (const personId of request.personIds) this.#sharing.delete(personId);
    }
  }
}

/** Whether it is a batch even by itself. */
export function hasSeveral({ messages }: AppendRequest): boolean {
  return messages.length > 1;
}
