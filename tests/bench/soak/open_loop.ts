/**
 * Commands at a rate of their own, whether or not those before them were answered: what waits longer is told as it is.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { Caller, type Command } from "../load/caller.ts";

const TICK_MS = 2;
/** A service that falls behind that far is not up to the rate. */
const MOST_UNDER_WAY = 5_000;
const PATIENCE_MS = 30_000;

/** Sends at a rate until it is disposed of. */
export class OpenLoop {
  readonly #caller: Caller;
  readonly #next: (count: number) => Command;
  readonly #sentMs = new Map<number, number>();
  #latenciesMs: number[] = [];
  #failure: Error | undefined;
  #count = 0;

  /** Nothing is sent yet. */
  constructor(nc: NatsConnection, next: (count: number) => Command) {
    this.#next = next;
    this.#caller = new Caller(nc, (slot, failure) => this.#replied(slot, failure));
  }

  /** Sends at this rate for so long. Rejects when a command is not accepted, or too many wait for their reply. */
  async run(perSecond: number, durationMs: number): Promise<void> {
    const startMs = performance.now();
    const first = this.#count;
    for (let elapsedMs = 0; elapsedMs < durationMs;) {
      await delay(TICK_MS);
      elapsedMs = performance.now() - startMs;
      const due = first + Math.floor(Math.min(elapsedMs, durationMs) * perSecond / 1_000);
      while (this.#count < due) this.#send();
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#sentMs.size > MOST_UNDER_WAY) {
        throw new Error(`${this.#sentMs.size} commands wait for their reply: the rate is too high`);
      }
    }
  }

  /** The latencies since the last time this was asked, at least one. */
  async takeLatencies(): Promise<number[]> {
    await this.#until(() => this.#latenciesMs.length > 0);
    const latenciesMs = this.#latenciesMs;
    this.#latenciesMs = [];
    return latenciesMs;
  }

  /** Resolves when every command was answered. */
  async finish(): Promise<void> {
    await this.#until(() => this.#sentMs.size === 0);
  }

  async #until(isSo: () => boolean): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    while (!isSo()) {
      if (performance.now() > endMs) throw new Error("Commands were not answered");
      await delay(TICK_MS);
    }
  }

  #send(): void {
    const slot = this.#count++;
    this.#sentMs.set(slot, performance.now());
    this.#caller.send(slot, this.#next(slot));
  }

  #replied(slot: number, failure: Error | undefined): void {
    this.#failure ??= failure;
    this.#latenciesMs.push(performance.now() - (this.#sentMs.get(slot) ?? NaN));
    this.#sentMs.delete(slot);
  }
}
