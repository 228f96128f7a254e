import { StoreUnavailable } from "../../application/failures.ts";
import type { Clock, Deadline } from "../../application/ports.ts";
import { TRY_TIMEOUT_MS } from "../attempts.ts";
import type { Delivery } from "./delivery.ts";
import type { OutcomeMessage, Outcomes } from "./outcomes.ts";

/** A look is good for so long: hardly longer than a message needs from one instance to the other. */
const FRESH_MS = 20;

/** The refusal of a message by an instance that had it before, or has it, too: a new leader may give it to both. */
export class EarlierRefusal {
  readonly #outcomes: Outcomes;
  readonly #message: { commandId: string; delivery: Delivery };
  readonly #clock: Clock;
  #lookedMs = -Infinity;
  #found: OutcomeMessage | null = null;

  /** Reads nothing yet. */
  constructor(
    outcomes: Outcomes,
    message: { commandId: string; delivery: Delivery },
    clock: Clock,
  ) {
    this.#outcomes = outcomes;
    this.#message = message;
    this.#clock = clock;
  }

  /** null = there was none at the last look. */
  get found(): OutcomeMessage | null {
    return this.#found;
  }

  /** Looks. Rejects as `Outcomes.findRefusal`. */
  async look(timeoutMs?: number): Promise<void> {
    const { commandId, delivery } = this.#message;
    const nowMs = this.#clock.monotonicMs();
    this.#found ??= await this.#outcomes.findRefusal(commandId, delivery, timeoutMs);
    this.#lookedMs = nowMs;
  }

  /** Looks again where the last look is not fresh. Rejects with `StoreUnavailable` where there is one, or no telling. */
  async ensureNone(deadline: Deadline): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs > FRESH_MS) {
      // All that wait for one person would wait for this, too, one after the other.
      if (this.#outcomes.isSilent) throw new StoreUnavailable("Outcomes are away", "not stored");
      const timeoutMs = Math.max(1, Math.min(TRY_TIMEOUT_MS, deadline - nowMs));
      await this.look(timeoutMs).catch((cause) => {
        throw new StoreUnavailable(`Outcomes can't be read: ${cause}`, "not stored", { cause });
      });
    }
    // Nobody is told this: the refusal is what counts.
    if (this.#found !== null) throw new StoreUnavailable("Refused before", "not stored");
  }
}
