/**
 * Callers who send durable commands, and look at what became of each.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import type { CommandClient } from "../support/command_client.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { type Answer, parseReply, readAnswer } from "./check/replies.ts";
import type { DurableOperation } from "./history.ts";
import { headersOf } from "./made_commands.ts";
import { OUTCOMES } from "./stored.ts";
import type { DurableManner } from "./workload.ts";

/** Longer than a server that is well needs, shorter than a leader's change. */
const TRY_TIMEOUT_MS = 2_000;
/** Pauses between two publishes. */
const PUBLISH_PAUSE_MS = { least: 50, most: 4_000 };
/** Pauses between two looks: thousands who look every few seconds are a load of their own. */
const LOOK_PAUSE_MS = { least: 50, most: 15_000 };
/** A refusal may take ten times as long, for earlier commands come first: too few callers would be left. */
const PATIENT_MS = 5_000;

/** What the callers do with what they learn. */
export type DurableCallersOptions = {
  /** Aborted: what is not there now never will be. */
  signal: AbortSignal;
  onOutcome: (answer: Answer) => void;
};

/** On connections that they share with other callers. */
export class DurableCallers {
  /** Every command that was published. */
  readonly operations: DurableOperation[] = [];
  readonly #reading = new Set<Promise<void>>();
  readonly #clients: CommandClient[];
  readonly #options: DurableCallersOptions;

  /** Publishes nothing yet. */
  constructor(clients: CommandClient[], options: DurableCallersOptions) {
    this.#clients = clients;
    this.#options = options;
  }

  /** Publishes a command, again and again until the server acknowledges it, and looks for its outcome. */
  async send(
    command: Pick<DurableOperation, "commandId" | "command" | "expectedVersion">,
    manner: DurableManner,
  ): Promise<void> {
    const operation: DurableOperation = { ...command, publishes: [], outcome: null };
    this.operations.push(operation);
    await this.#persist(PUBLISH_PAUSE_MS, (client) => this.#publishOnce(client, operation));
    const reading = this.#persist(LOOK_PAUSE_MS, (client) => this.#lookOnce(client, operation))
      .finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
    if (manner === "durable") await Promise.race([reading, delay(PATIENT_MS)]);
  }

  /** Resolves when every outcome was read. */
  async allRead(): Promise<void> {
    await Promise.all(this.#reading);
  }

  async #publishOnce(client: CommandClient, operation: DurableOperation): Promise<boolean> {
    const { commandId, command, expectedVersion, publishes } = operation;
    const sentMs = performance.now();
    const sequence = await new InboxClient(client.nc, { publishTimeoutMs: TRY_TIMEOUT_MS })
      .publish(command, headersOf(commandId, expectedVersion)).then(({ seq }) => seq, () => null);
    publishes.push({ sentMs, answeredMs: performance.now(), sequence });
    return sequence !== null;
  }

  async #lookOnce(client: CommandClient, operation: DurableOperation): Promise<boolean> {
    const jsm = await jetstreamManager(client.nc, { timeout: TRY_TIMEOUT_MS, checkAPI: false });
    // The ids of the harness are such that they stand in a subject as they are.
    const last_by_subj = `person.outcomes.${operation.commandId}`;
    const found = await jsm.streams.getMessage(OUTCOMES.name, { last_by_subj }).catch(() => null);
    if (found === null) return false;
    const body = found.string();
    operation.outcome = { readMs: performance.now(), body };
    this.#options.onOutcome(readAnswer(parseReply(body)));
    return true;
  }

  async #persist(
    { least, most }: { least: number; most: number },
    attempt: (client: CommandClient) => Promise<boolean>,
  ): Promise<void> {
    for (let tries = 0; !this.#options.signal.aborted; tries++) {
      const client = this.#clients[(this.operations.length + tries) % this.#clients.length];
      if (client === undefined) throw new Error("There is no connection");
      if (await attempt(client)) return;
      await delay(Math.min(most, least * 2 ** Math.min(tries, 10)));
    }
  }
}
