import { setImmediate, setTimeout } from "node:timers";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Clock, Deadline } from "../application/ports.ts";
import type { PersonId } from "../domain/values.ts";
import type { AppendPace } from "./append_pace.ts";
import type { AppendRequest } from "./append_request.ts";
import { tryOnce, type TryResult } from "./append_try.ts";
import { TRY_TIMEOUT_MS } from "./attempts.ts";
import type { Link } from "./link.ts";
import { MessageBatch } from "./message_batch.ts";

/** Under way at a time: one is written while the next is sent. */
const MAX_BATCHES = 2;

/** How long the first that wait do so for others, where more came together before. */
const GATHER_MS = 2;

/** Weight of the newest batch in their average size. */
const NEWEST = 0.25;

/** What came of a first try. `alone`: refused together with others; nothing is known of this append itself. */
export type GroupResult = TryResult | { kind: "alone" };

type Member = {
  request: AppendRequest;
  deadline: Deadline;
  resolve: (result: GroupResult) => void;
  reject: (error: unknown) => void;
};

/** Nothing of the append is stored: it never was in a batch that was committed. */
const TOO_LATE: GroupResult = { kind: "again", reason: new Error("No batch was free in time") };
const CUT_OFF: GroupResult = { kind: "again", reason: new Error("The connection was lost") };

/** A batch, and the appends in it. */
type Group = { members: Member[]; batch: MessageBatch };

/** What batches work with. */
export type AtomicBatchesOptions = {
  nc: NatsConnection;
  link: Link;
  clock: Clock;
  /** Says when appends of one event are to share batches, and is told of each batch. */
  pace: AppendPace;
};

/** Sends appends that come at the same time in one atomic batch, while the batch before is under way. */
export class AtomicBatches {
  readonly #options: AtomicBatchesOptions;
  readonly #pace: AppendPace;
  /** Whose appends wait for a batch, or are in one. */
  readonly #sharing = new Set<PersonId>();
  /** For a batch, while as many as may be are under way. */
  #waiting: Member[] = [];
  /** Goes out while it grows, and is not under way before it is complete. */
  #open: Group | undefined;
  #batches = 0;
  #usualMembers = 0;
  #isAboutToCommit = false;
  #isGathering = false;

  /** Sends nothing yet. */
  constructor(options: AtomicBatchesOptions) {
    this.#options = options;
    this.#pace = options.pace;
  }

  /** Whether a batch's fate may become the append's. */
  mayTake({ personIds }: AppendRequest, deadline: Deadline): boolean {
    if (!this.#options.link.isUp || !this.#hasTime(deadline)) return false;
    // Of two appends on one head in one batch the server would check only the first.
    return !personIds.some((personId) => this.#sharing.has(personId));
  }

  /** Tries an append once. Rejects with what trying again won't mend. */
  try(request: AppendRequest, deadline: Deadline): Promise<GroupResult> {
    const { promise, resolve, reject } = Promise.withResolvers<GroupResult>();
    for (const personId of request.personIds) this.#sharing.add(personId);
    this.#waiting.push({ request, deadline, resolve, reject });
    this.#fill();
    this.#commitSoon();
    return promise;
  }

  /** Puts those that wait into a batch, as long as there may be one more. */
  #fill(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#open === undefined) {
        if (this.#batches >= MAX_BATCHES) return;
        this.#open = { members: [], batch: new MessageBatch(this.#options) };
      }
      if (this.#open.batch.add(next.request)) {
        this.#open.members.push(next);
        this.#waiting.shift();
      } else this.#commit(this.#open);
    }
  }

  /** After all that is at hand, for appends come in bursts: as many as there were replies in a batch before. */
  #commitSoon(): void {
    if (this.#isAboutToCommit) return;
    this.#isAboutToCommit = true;
    setImmediate(() => {
      this.#isAboutToCommit = false;
      this.#commitOpen();
    });
  }

  /** @param isLate what is in it has waited for more long enough */
  #commitOpen(isLate = false): void {
    if (!this.#pace.together) {
      this.#releaseWaiting(({ request }) => !hasSeveral(request), { kind: "alone" });
    }
    this.#releaseWaiting(({ deadline }) => !this.#hasTime(deadline), TOO_LATE);
    this.#fill();
    if (this.#open === undefined) return;
    // Each batch costs the same: one that is much smaller than those before is better stored a moment later.
    const isSmall = this.#open.members.length < this.#usualMembers / 2;
    if (!isSmall || isLate) this.#commit(this.#open);
    else if (this.#batches === 0) this.#gather();
  }

  #commit(group: Group): void {
    this.#open = undefined;
    // What was sent of it is never stored without its end.
    if (!this.#options.link.isUp) return this.#release(group.members, CUT_OFF);
    this.#batches++;
    this.#usualMembers += NEWEST * (group.members.length - this.#usualMembers);
    this.#store(group).then(() => this.#commitSoon());
  }

  /** A batch may have to wait for more, or for the one before it, and then for its answer. */
  #hasTime(deadline: Deadline): boolean {
    return deadline - this.#options.clock.monotonicMs() >= 2 * TRY_TIMEOUT_MS;
  }

  #releaseWaiting(isToGo: (member: Member) => boolean, result: GroupResult): void {
    const released = this.#waiting.filter(isToGo);
    if (released.length === 0) return;
    this.#waiting = this.#waiting.filter((member) => !isToGo(member));
    this.#release(released, result);
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      this.#commitOpen(this.#batches === 0);
    }, GATHER_MS);
  }

  /** Never rejects. */
  async #store({ members, batch }: Group): Promise<void> {
    const { clock } = this.#options;
    try {
      const result = await tryOnce(() => batch.commit(TRY_TIMEOUT_MS));
      if (result.kind === "stored") {
        this.#pace.storedTogether(clock.monotonicMs(), batch.events);
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
