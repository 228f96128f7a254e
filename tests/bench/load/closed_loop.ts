import type { NatsConnection } from "@nats-io/transport-node";
import { Caller, type Command } from "./caller.ts";
import { type Round, roundOf } from "./latencies.ts";

/** Longest that the last replies of a round may take. */
const PATIENCE_MS = 30_000;

/** The `count`th command of a worker; workers are numbered from 0. */
export type NextCommand = (worker: number, count: number) => Command;

/** Workers that each send a command, wait for its reply, and send the next one. */
export class ClosedLoop {
  readonly #caller: Caller;
  #round: RunningRound | undefined;
  #failure: Error | undefined;

  /** @param inboxPrefix where replies are received; left out: the connection's own */
  constructor(nc: NatsConnection, inboxPrefix?: string) {
    this.#caller = new Caller(
      nc,
      (worker, failure) => {
        this.#failure ??= failure;
        this.#round?.replied(worker, failure);
      },
      inboxPrefix,
    );
  }

  /** Keeps `inFlight` commands under way for `durationMs`. Rejects when one is not accepted. */
  async measure(inFlight: number, durationMs: number, next: NextCommand): Promise<Round> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#round = new RunningRound(this.#caller, durationMs, next);
    try {
      return await this.#round.run(inFlight);
    } finally {
      this.#round = undefined;
    }
  }
}

class RunningRound {
  readonly #caller: Caller;
  readonly #next: NextCommand;
  readonly #durationMs: number;
  readonly #done = Promise.withResolvers<void>();
  readonly #latenciesMs: number[] = [];
  readonly #sentMs: number[] = [];
  readonly #counts: number[] = [];
  #endMs = Infinity;
  #working = 0;

  constructor(caller: Caller, durationMs: number, next: NextCommand) {
    this.#caller = caller;
    this.#durationMs = durationMs;
    this.#next = next;
  }

  async run(inFlight: number): Promise<Round> {
    const startMs = performance.now();
    this.#endMs = startMs + this.#durationMs;
    this.#working = inFlight;
    const impatience = setTimeout(
      () => this.#done.reject(new Error(`${this.#working} commands were not answered`)),
      this.#durationMs + PATIENCE_MS,
    );
    try {
      for (let worker = 0; worker < inFlight; worker++) this.#send(worker, startMs);
      await this.#done.promise;
      return roundOf(this.#latenciesMs, performance.now() - startMs);
    } finally {
      clearTimeout(impatience);
    }
  }

  replied(worker: number, failure: Error | undefined): void {
    if (failure !== undefined) this.#done.reject(failure);
    const nowMs = performance.now();
    this.#latenciesMs.push(nowMs - (this.#sentMs[worker] ?? NaN));
    if (nowMs < this.#endMs) this.#send(worker, nowMs);
    else if (--this.#working === 0) this.#done.resolve();
  }

  #send(worker: number, nowMs: number): void {
    const count = this.#counts[worker] ?? 0;
    this.#counts[worker] = count + 1;
    this.#sentMs[worker] = nowMs;
    this.#caller.send(worker, this.#next(worker, count));
  }
}
