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
  readonly #servers: string;
  readonly #commands: string;
  readonly #lost = new Set<NatsConnection>();
  #isReady = false;
  /** Of the stream that it serves with; undefined until it serves. */
  #streamName: string | undefined;

  /** Begins as a service that looks for NATS and is not ready. */
  constructor({ natsUrls }: Config, commands: string) {
    this.#servers = natsUrls.join(", ");
    this.#commands = commands;
    notifySystemd(this.#text);
  }

  /** It is up, though NATS is not. */
  waiting(): void {
    this.#isReady = true;
    notifySystemd("READY=1", this.#text);
  }

  /** It takes commands, with this stream and over these connections. Resolves when systemd was told. */
  async serving(streamName: string, connections: NatsConnection[]): Promise<void> {
    for (const connection of connections) this.#follow(connection);
    this.#isReady = true;
    this.#streamName = streamName;
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
    const nats = `NATS at ${this.#servers}`;
    return this.#streamName === undefined || this.#lost.size > 0
      ? `STATUS=Waiting for ${nats}`
      : `STATUS=Serving ${this.#commands} with stream ${this.#streamName}, ${nats}`;
  }
}
