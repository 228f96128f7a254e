import type { Deadline } from "../application/ports.ts";
import type { PersonId } from "../domain/values.ts";
import type { AppendPace } from "./append_pace.ts";
import type { AppendRequest } from "./append_request.ts";
import { tryOnce, type TryResult } from "./append_try.ts";
import {
  AtomicBatches,
  type AtomicBatchesOptions,
  type GroupResult,
  hasSeveral,
} from "./atomic_batches.ts";
import { TRY_TIMEOUT_MS } from "./attempts.ts";
import { ContendedPersons } from "./contended_persons.ts";
import { sendAtOnce } from "./message_batch.ts";

/**
 * Sends appends: while few are under way each alone and at once, else those that wait at the same time in one atomic
 * batch. Those of several events are batches in any case, and always share them: a server that gets hundreds of batches
 * at a time is through with none of them before all are tried again.
 */
export class AppendGroups {
  readonly #options: AtomicBatchesOptions;
  readonly #pace: AppendPace;
  readonly #contended: ContendedPersons;
  readonly #batches: AtomicBatches;
  #alone = 0;

  /** Sends nothing yet. */
  constructor(options: AtomicBatchesOptions) {
    this.#options = options;
    this.#pace = options.pace;
    this.#contended = new ContendedPersons(options.clock);
    this.#batches = new AtomicBatches(options);
  }

  /** Tries an append once. Rejects with what trying again won't mend. */
  try(request: AppendRequest, deadline: Deadline): Promise<GroupResult> {
    const isToShare = this.#pace.together || hasSeveral(request);
    return isToShare && this.#mayShare(request, deadline)
      ? this.#batches.try(request, deadline)
      : this.#tryAlone(request, deadline);
  }

  /** Whether the person's appends are kept out of batches just now. */
  isAlone(personId: PersonId): boolean {
    return this.#contended.has(personId);
  }

  /** Keeps persons out of batches for a while: another writer is at work on them. */
  keepAlone(personIds: PersonId[]): void {
    this.#contended.add(personIds);
  }

  #mayShare(request: AppendRequest, deadline: Deadline): boolean {
    return this.#batches.mayTake(request, deadline) &&
      !request.personIds.some((personId) => this.isAlone(personId));
  }

  async #tryAlone(request: AppendRequest, deadline: Deadline): Promise<TryResult> {
    const { clock } = this.#options;
    const inFlight = ++this.#alone;
    const startedMs = clock.monotonicMs();
    // The deadline may have passed since it was looked at.
    const timeoutMs = Math.max(1, Math.min(TRY_TIMEOUT_MS, deadline - startedMs));
    try {
      const result = await tryOnce(() => sendAtOnce(request, timeoutMs, this.#options));
      if (result.kind === "stored" && !hasSeveral(request)) {
        const nowMs = clock.monotonicMs();
        this.#pace.storedAlone(nowMs, nowMs - startedMs, inFlight);
      }
      return result;
    } finally {
      this.#alone--;
    }
  }
}
