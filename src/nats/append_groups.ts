import { setImmediate, setTimeout } from "node:timers";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Clock, Deadline } from "../application/ports.ts";
import type { PersonId } from "../domain/values.ts";
import type { AppendPace } from "./append_pace.ts";
import type { AppendRequest } from "./append_request.ts";
import { tryOnce, type TryResult } from "./append_try.ts";
import { TRY_TIMEOUT_MS } from "./attempts.ts";
import { fitInOneBatch } from "./batch_limits.ts";
import { ContendedPersons } from "./contended_persons.ts";
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

/** What the groups work with. */
export type AppendGroupsOptions = {
  nc: NatsConnection;
  link: Link;
  clock: Clock;
  /** Says when appends are to share batches. */
  pace: AppendPace;
};

/**
 * Sends appends: while few are under way each alone and at once, else those that wait at the same time in one atomic
 * batch, while the batch before is under way.
 */
export class AppendGroups {
  readonly #options: AppendGroupsOptions;
  readonly #pace: AppendPace;
  readonly #contended: ContendedPersons;
  /** Whose appends wait for a batch, or are in one. */
  readonly #sharing = new Set<PersonId>();
  #waiting: Member[] = [];
  #batches = 0;
  #usualMembers = 0;
  #isSending = false;
  #isGathering = false;
  #alone = 0;

  /** Sends nothing yet. */
  constructor(options: AppendGroupsOptions) {
    this.#options = options;
    this.#pace = options.pace;
    this.#contended = new ContendedPersons(options.clock);
  }

  /** Tries an append once. Rejects with what trying again won't mend. */
  try(request: AppendRequest, deadline: Deadline): Promise<GroupResult> {
    if (!this.#pace.together || !this.#mayShare(request, deadline)) {
      return this.#tryAlone(request, deadline);
    }
    const { promise, resolve, reject } = Promise.withResolvers<GroupResult>();
    for (const personId of request.personIds) this.#sharing.add(personId);
    this.#waiting.push({ request, resolve, reject });
    this.#sendSoon();
    return promise;
  }

  /** Whether the person's appends are kept out of batches just now. */
  isAlone(personId: PersonId): boolean {
    return this.#contended.has(personId);
  }

  /** Keeps persons out of batches for a while: another writer is at work on them. */
  keepAlone(personIds: PersonId[]): void {
    this.#contended.add(personIds);
  }

  /** Whether a batch's fate may become the append's. */
  #mayShare({ personIds }: AppendRequest, deadline: Deadline): boolean {
    const [personId, other] = personIds;
    // A merge is a batch of its own.
    if (personId === undefined || other !== undefined) return false;
    // Of two appends on one head in one batch the server would check only the first.
    if (this.#sharing.has(personId)) return false;
    // It may wait for the answer to the batch before, and to its own.
    if (deadline - this.#options.clock.monotonicMs() < 2 * TRY_TIMEOUT_MS) return false;
    return this.#options.link.isUp && !this.isAlone(personId);
  }

  async #tryAlone(request: AppendRequest, deadline: Deadline): Promise<GroupResult> {
    const { clock } = this.#options;
    const inFlight = ++this.#alone;
    const startedMs = clock.monotonicMs();
    // The deadline may have passed since it was looked at.
    const timeoutMs = Math.max(1, Math.min(TRY_TIMEOUT_MS, deadline - startedMs));
    try {
      const result = await tryOnce(request.messages, timeoutMs, this.#options);
      if (result.kind === "stored" && request.messages.length === 1) {
        const nowMs = clock.monotonicMs();
        this.#pace.storedAlone(nowMs, nowMs - startedMs, inFlight);
      }
      return result;
    } finally {
      this.#alone--;
    }
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
    if (!this.#pace.together) this.#release(this.#waiting.splice(0), { kind: "alone" });
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
