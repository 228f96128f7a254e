import type { PersonId } from "../domain/values.ts";
import { Overloaded } from "./failures.ts";
import type { WaitingCommand } from "./handle_together.ts";
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

/**
 * How many of a person's commands are handed over at a time. Fewer are faster one after the other; more than fit into
 * one batch of the store, with the events they lead to, can't be stored together.
 */
const TOGETHER = { fewest: 8, most: 256, mostBytes: 1024 * 1024 };

type Entry<J> = {
  personIds: PersonId[];
  bytes: number;
  deadline: Deadline;
  /** Never rejects. */
  run: (joined: J[]) => Promise<void>;
  refuse: (reason: Overloaded) => void;
  join: J | undefined;
};

/**
 * One queue per person: a person's commands run one after the other, different persons' in parallel.
 * A command on two persons enters both queues in one step and runs when it heads both.
 * @typeParam J what a task is told of the commands that are handed over to it
 */
export class PersonQueues<J = WaitingCommand> {
  readonly #queues = new Map<PersonId, Entry<J>[]>();
  /** Entries that head all their queues and wait for a slot only. */
  readonly #ready: Entry<J>[] = [];
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
   * @param task takes over, where many commands of its only person wait right behind it, what they gave as `join`, in
   *   order: they leave the queue with it, their own tasks are not run and their promises never settle.
   * @param join lets the task of another command of this only person take this one over
   */
  run<T>(
    personIds: PersonId[],
    bytes: number,
    deadline: Deadline,
    task: (joined: J[]) => Promise<T>,
    join?: J,
  ): Promise<T> {
    const ids = personIds.length > 1 ? [...new Set(personIds)] : personIds;
    const full = this.#fullReason(ids, bytes);
    if (full !== null) return Promise.reject(new Overloaded(full));
    return new Promise<T>((resolve, reject) => {
      const run = async (joined: J[]) => {
        try {
          resolve(await task(joined));
        } catch (error) {
          reject(error);
        }
      };
      this.#enter({ personIds: ids, bytes, deadline, run, refuse: reject, join });
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

  #enter(entry: Entry<J>): void {
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

  #makeReady(entry: Entry<J>): void {
    if (entry.personIds.every((id) => this.#queues.get(id)?.[0] === entry)) this.#ready.push(entry);
  }

  #startReady(): void {
    while (this.#inFlight < this.#limits.maxInFlight) {
      const entry = this.#ready.shift();
      if (entry === undefined) return;
      this.#start(entry);
    }
  }

  #start(entry: Entry<J>): void {
    this.#uncount([entry]);
    if (this.#clock.monotonicMs() >= entry.deadline) {
      entry.refuse(new Overloaded("The command waited until its deadline"));
      this.#leave(entry, 1);
      return;
    }
    const joined = this.#joinable(entry);
    this.#inFlight++;
    void entry.run(joined.flatMap(({ join }) => join ?? [])).then(() => {
      this.#inFlight--;
      // Until now they took their place among those that wait: one slot is enough, for one thing is stored.
      this.#uncount(joined);
      this.#leave(entry, 1 + joined.length);
      this.#startReady();
    });
  }

  #uncount(entries: Entry<J>[]): void {
    this.#queued -= entries.length;
    for (const { bytes } of entries) this.#queuedBytes -= bytes;
  }

  /** Those right behind an entry that it takes over; none where they are few. */
  #joinable({ personIds: [personId, other], bytes, join }: Entry<J>): Entry<J>[] {
    const queue = personId === undefined ? undefined : this.#queues.get(personId);
    if (queue === undefined || queue.length < TOGETHER.fewest) return [];
    if (join === undefined || other !== undefined) return [];
    const nowMs = this.#clock.monotonicMs();
    let togetherBytes = bytes;
    let end = 1;
    for (; end < Math.min(queue.length, TOGETHER.most); end++) {
      const next = queue[end];
      togetherBytes += next?.bytes ?? 0;
      if (next?.join === undefined || next.personIds.length > 1 || next.deadline <= nowMs) break;
      if (togetherBytes > TOGETHER.mostBytes) break;
    }
    return end < TOGETHER.fewest ? [] : queue.slice(1, end);
  }

  /** @param count how many leave each of the entry's queues: itself, and those right behind that it took over */
  #leave(entry: Entry<J>, count: number): void {
    for (const id of entry.personIds) {
      const queue = this.#queues.get(id);
      queue?.splice(0, count);
      const next = queue?.[0];
      if (next === undefined) this.#queues.delete(id);
      else this.#makeReady(next);
    }
  }
}
