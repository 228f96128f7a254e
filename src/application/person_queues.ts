import type { PersonId } from "../domain/values.ts";
import { Overloaded } from "./failures.ts";
import type { Clock, Deadline } from "./ports.ts";

/** What may wait, and how much may run. */
export type QueueLimits = {
  maxInFlight: number;
  maxQueued: number;
  maxQueuedBytes: number;
  maxQueuedPerPerson: number;
};

/** Queue limits that are no settings: a command is 256 KiB at most, and one person must not fill the queue. */
export const FIXED_QUEUE_LIMITS = { maxQueuedBytes: 64 * 1024 * 1024, maxQueuedPerPerson: 1_000 };

type Entry = {
  personIds: PersonId[];
  bytes: number;
  deadline: Deadline;
  run: () => Promise<void>;
  refuse: (reason: Overloaded) => void;
};

/**
 * One queue per person: a person's commands run one after the other, different persons' in parallel.
 * A command on two persons enters both queues in one step and runs when it heads both.
 */
export class PersonQueues {
  readonly #queues = new Map<PersonId, Entry[]>();
  /** Entries that head all their queues and wait for a slot only. */
  readonly #ready: Entry[] = [];
  readonly #limits: QueueLimits;
  readonly #clock: Clock;
  #inFlight = 0;
  #queued = 0;
  #queuedBytes = 0;

  /** @param clock the scale of the deadlines */
  constructor(limits: QueueLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Runs the task when it is its turn for all persons.
   * Rejects with `Overloaded` when there is no room or the deadline passes before the task starts.
   */
  run<T>(
    personIds: PersonId[],
    bytes: number,
    deadline: Deadline,
    task: () => Promise<T>,
  ): Promise<T> {
    const ids = [...new Set(personIds)];
    const full = this.#fullReason(ids, bytes);
    if (full !== null) return Promise.reject(new Overloaded(full));
    return new Promise<T>((resolve, reject) => {
      const run = () => Promise.try(task).then(resolve, reject);
      this.#enter({ personIds: ids, bytes, deadline, run, refuse: reject });
    });
  }

  /** Commands waiting or running. */
  get size(): number {
    return this.#queued + this.#inFlight;
  }

  #fullReason(personIds: PersonId[], bytes: number): string | null {
    const { maxQueued, maxQueuedBytes, maxQueuedPerPerson } = this.#limits;
    if (this.#queued >= maxQueued) return `${maxQueued} commands are waiting already`;
    if (this.#queuedBytes + bytes > maxQueuedBytes) {
      return `${this.#queuedBytes} bytes of commands are waiting already`;
    }
    const busy = personIds.find((id) => (this.#queues.get(id)?.length ?? 0) >= maxQueuedPerPerson);
    return busy === undefined
      ? null
      : `${maxQueuedPerPerson} commands are waiting for person "${busy}" already`;
  }

  #enter(entry: Entry): void {
    this.#queued++;
    this.#queuedBytes += entry.bytes;
    for (const id of entry.personIds) {
      const queue = this.#queues.get(id);
      if (queue === undefined) this.#queues.set(id, [entry]);
      else queue.push(entry);
    }
    this.#makeReady(entry);
    this.#startReady();
  }

  #makeReady(entry: Entry): void {
    if (entry.personIds.every((id) => this.#queues.get(id)?.[0] === entry)) this.#ready.push(entry);
  }

  #startReady(): void {
    while (this.#inFlight < this.#limits.maxInFlight) {
      const entry = this.#ready.shift();
      if (entry === undefined) return;
      this.#start(entry);
    }
  }

  #start(entry: Entry): void {
    this.#queued--;
    this.#queuedBytes -= entry.bytes;
    if (this.#clock.monotonicMs() >= entry.deadline) {
      entry.refuse(new Overloaded("The command waited until its deadline"));
      this.#leave(entry);
      return;
    }
    this.#inFlight++;
    entry.run().finally(() => {
      this.#inFlight--;
      this.#leave(entry);
      this.#startReady();
    });
  }

  #leave(entry: Entry): void {
    for (const id of entry.personIds) {
      const queue = this.#queues.get(id);
      queue?.shift();
      const next = queue?.[0];
      if (next === undefined) this.#queues.delete(id);
      else this.#makeReady(next);
    }
  }
}
