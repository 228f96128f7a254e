/**
 * Queues whose tasks end when a test tells them to.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { Overloaded } from "../../src/application/failures.ts";
import { PersonQueues, type QueueLimits } from "../../src/application/person_queues.ts";
import type { Clock } from "../../src/application/ports.ts";

const NO_LIMITS = {
  maxInFlight: 100,
  maxQueued: 100,
  maxQueuedBytes: 1e9,
  maxQueuedPerPerson: 100,
};

/** Queues whose tasks end when they are told to. */
export class TestQueues {
  readonly queues: PersonQueues<string>;
  /** What tasks took over. */
  readonly joined: string[] = [];
  readonly started: string[] = [];
  timeMs = 0;
  readonly #finish = new Map<string, () => void>();

  constructor(limits: Partial<QueueLimits> = {}) {
    const clock: Clock = { now: () => "", monotonicMs: () => this.timeMs };
    this.queues = new PersonQueues({ ...NO_LIMITS, ...limits }, clock);
  }

  /** In the order in which they started. */
  get running(): string[] {
    return [...this.#finish.keys()];
  }

  enter(
    name: string,
    personIds: string[],
    { bytes = 1, deadline = Infinity, join }: { bytes?: number; deadline?: number; join?: string } =
      {},
  ): Promise<void> {
    const task = (joined: string[]) => {
      this.started.push(name);
      this.joined.push(...joined);
      return new Promise<void>((resolve) => this.#finish.set(name, resolve));
    };
    const entered = this.queues.run(personIds, bytes, deadline, task, join);
    // Whoever wants to know of a refusal awaits it.
    entered.catch(() => {});
    return entered;
  }

  /** Ends a task, and lets those start that waited for it. */
  async finish(name: string): Promise<void> {
    this.#finish.get(name)?.();
    this.#finish.delete(name);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Fails unless a command of these persons is refused at once, for this reason. */
export async function assertRefused(
  { queues }: TestQueues,
  personIds: string[],
  reason: string,
  bytes = 1,
): Promise<void> {
  const size = queues.size;
  const task = () => Promise.reject(new Error("It was run"));
  await assertRejects(() => queues.run(personIds, bytes, Infinity, task), Overloaded, reason);
  assertEquals(queues.size, size);
}
