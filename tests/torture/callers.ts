/**
 * Callers of the service who remember every word they were told.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { CommandClient } from "../support/command_client.ts";
import { type Answer, parseReply, readAnswer } from "./check/replies.ts";
import { DurableCallers } from "./durable_callers.ts";
import type { Operation } from "./history.ts";
import { COMMAND_TIMEOUT_MS } from "./instance.ts";
import { headersOf } from "./made_commands.ts";
import type { Pace } from "./pace.ts";
import { Tally } from "./tally.ts";
import { isDurable, type LiveManner, type PlannedCommand, Workload } from "./workload.ts";

/** Longer than any instance takes to answer. */
const PATIENT_MS = COMMAND_TIMEOUT_MS + 1_000;
/** Pauses between tries of a command that nobody answered. */
const PAUSE_MS = { least: 20, most: 500 };

/** The callers of a run. */
export class Callers {
  /** Every command that was sent and is no durable one. */
  readonly operations: Operation[] = [];
  /** Those who send the durable ones. */
  readonly durable: DurableCallers;
  /** What they were told, in figures. */
  readonly tally = new Tally();
  /** When the last command was answered for good, on the clock of `performance.now`. */
  settledMs: number = performance.now();
  readonly #clients: CommandClient[];
  #inFlight = 0;
  #isOver = false;
  readonly #givingUp = new AbortController();
  #held: PromiseWithResolvers<void> | null = null;

  /**
   * Sends nothing yet.
   * @param clients connections that the callers share
   */
  constructor(clients: CommandClient[]) {
    this.#clients = clients;
    this.durable = new DurableCallers(clients, {
      signal: this.#givingUp.signal,
      onOutcome: (answer) => {
        this.settledMs = performance.now();
        this.tally.count(answer);
      },
    });
  }

  /** Tries that wait for their answers. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Sends what the seed says, until told to stop; resolves when all of it is answered. */
  async run(count: number, seed: string, pace: Pace): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, n) => this.#call(n, seed, pace)));
    await this.durable.allRead();
  }

  /** Begins no further command. */
  stop(): void {
    this.#isOver = true;
  }

  /** Tries nothing again, either: what is not answered now never will be. */
  giveUp(): void {
    this.#givingUp.abort();
  }

  /** Whether what is not answered stays so. */
  get gaveUp(): boolean {
    return this.#givingUp.signal.aborted;
  }

  /** Keeps all tries back from now on. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  /** Lets them go on. */
  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  /** Sends a command, or one that was sent before, until it is answered. */
  async settle(operation: Operation, { firstMs = PATIENT_MS, givesUp = true } = {}): Promise<void> {
    for (let tries = 0; !this.gaveUp; tries++) {
      const answer = await this.#try(operation, tries === 0 ? firstMs : PATIENT_MS);
      if (answer.kind !== "unknown" && (answer.kind !== "not stored" || givesUp)) {
        this.settledMs = performance.now();
        return;
      }
      await delay(Math.min(PAUSE_MS.most, PAUSE_MS.least * 2 ** Math.min(tries, 10)));
    }
  }

  /** Takes a command down, to be sent. */
  newOperation(commandId: string, command: unknown, expectedVersion: number | null): Operation {
    const operation = { commandId, command, expectedVersion, tries: [] };
    this.operations.push(operation);
    this.tally.counts.commands++;
    return operation;
  }

  async #call(caller: number, seed: string, pace: Pace): Promise<void> {
    const workload = new Workload(seed, caller);
    const sent: Operation[] = [];
    while (!this.#isOver) {
      await pace.next();
      const planned = workload.next();
      const { commandId, command, manner } = planned;
      const expectedVersion = this.#expectedVersion(planned);
      if (isDurable(manner)) {
        this.tally.counts.commands++;
        await this.durable.send({ commandId, command, expectedVersion }, manner);
        continue;
      }
      const operation = this.newOperation(commandId, command, expectedVersion);
      sent.push(operation);
      await this.#send(operation, manner, planned.givesUp);
      const earlier = planned.repeats > 0 ? sent.at(-1 - planned.repeats) : undefined;
      if (earlier !== undefined) await this.settle(earlier);
    }
  }

  async #send(operation: Operation, manner: LiveManner, givesUp: boolean): Promise<void> {
    switch (manner) {
      case "patient":
        return await this.settle(operation, { givesUp });
      case "hasty":
        return await this.settle(operation, { firstMs: 5, givesUp });
      case "twice":
        await Promise.all([this.settle(operation, { givesUp }), this.settle(operation)]);
    }
  }

  #expectedVersion({ personId, expectation }: PlannedCommand): number | null {
    const known = this.tally.versions.get(personId) ?? 0;
    if (expectation === "none") return null;
    return expectation === "known" ? known : known + 7;
  }

  async #try(operation: Operation, timeoutMs: number): Promise<Answer> {
    await this.#held?.promise;
    const { commandId, command, expectedVersion, tries } = operation;
    const client = this.#clients[(this.#inFlight + tries.length) % this.#clients.length];
    if (client === undefined) throw new Error("There is no connection");
    const headers = headersOf(commandId, expectedVersion);
    this.#inFlight++;
    const sentMs = performance.now();
    const reply = await client.request(command, headers, { timeoutMs }).then(
      (message) => parseReply(message.string()),
      () => null,
    );
    this.#inFlight--;
    tries.push({ sentMs, answeredMs: performance.now(), reply });
    const answer = readAnswer(reply);
    this.tally.count(answer);
    return answer;
  }
}
