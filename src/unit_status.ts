/**
 * What `systemctl status` shows of the service, kept current.
 *
 * @module
 */
import type { NatsConnection } from "@nats-io/transport-node";
import type { Config } from "./config.ts";
import { notifySystemd } from "./systemd.ts";

/** Where the service stands; systemd learns of every change. */
export class UnitStatus {
  readonly #waitingText: string;
  readonly #servingText: string;
  readonly #lost = new Set<NatsConnection>();
  #isReady = false;
  #isServing = false;

  /** Begins as a service that looks for NATS and is not ready. */
  constructor({ natsUrls, streamName }: Config, commands: string) {
    const servers = natsUrls.join(", ");
    this.#waitingText = `STATUS=Waiting for NATS at ${servers}`;
    this.#servingText = `STATUS=Serving ${commands} with stream ${streamName}, NATS at ${servers}`;
    notifySystemd(this.#text);
  }

  /** It is up, though NATS is not. */
  waiting(): void {
    this.#isReady = true;
    notifySystemd("READY=1", this.#text);
  }

  /** It takes commands, over these connections. Resolves when systemd was told. */
  async serving(connections: NatsConnection[]): Promise<void> {
    for (const connection of connections) this.#follow(connection);
    this.#isReady = true;
    this.#isServing = true;
    await notifySystemd("READY=1", this.#text);
  }

  /** Runs `change`; the unit counts as reloading meanwhile. */
  async reload(change: () => void): Promise<void> {
    // The word that ends a reload is the one that ends a start, which must not come too early.
    if (this.#isReady) await notifySystemd("RELOADING=1");
    change();
    if (this.#isReady) await notifySystemd("READY=1", this.#text);
  }

  /** It takes no more commands. Resolves when systemd was told. */
  async stopping(): Promise<void> {
    // Nothing that happens from now on is told: neither readiness nor lost connections.
    this.#isReady = false;
    await notifySystemd("STOPPING=1", "STATUS=Stopping: answering the commands taken so far");
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") this.#lost.add(connection);
      else if (type === "reconnect") this.#lost.delete(connection);
      else continue;
      if (this.#isReady) notifySystemd(this.#text);
    }
  }

  get #text(): string {
    return this.#isServing && this.#lost.size === 0 ? this.#servingText : this.#waitingText;
  }
}
