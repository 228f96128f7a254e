/**
 * All that a deployment on one host has: a nats-server, the service on it and a caller.
 *
 * @module
 */
import { CommandClient } from "./command_client.ts";
import { TestNatsServer, type TestServerOptions } from "./nats_server.ts";
import { TestService } from "./service_process.ts";
import { type EventMessage, readEvents } from "./stream_messages.ts";

/** `await using system = await TestSystem.start()` ends everything that was started. */
export class TestSystem implements AsyncDisposable {
  readonly #owned = new AsyncDisposableStack();
  /** Holds the stream. */
  readonly nats: TestNatsServer;
  /** A caller of the service. */
  readonly client: CommandClient;

  private constructor(nats: TestNatsServer, client: CommandClient) {
    this.nats = this.#owned.use(nats);
    this.client = this.#owned.use(client);
  }

  /** Starts a nats-server, without the service. */
  static async start(options: TestServerOptions = {}): Promise<TestSystem> {
    const nats = await TestNatsServer.start(options);
    return new TestSystem(nats, await CommandClient.connect(nats.url));
  }

  /** Starts one more instance of the service; it resolves when that serves. */
  async startService(settings: Record<string, string> = {}): Promise<TestService> {
    return this.#owned.use(await TestService.start({ NATS_URL: this.nats.url, ...settings }));
  }

  /** All stored events in their order. */
  events(): Promise<EventMessage[]> {
    return readEvents(this.client.nc);
  }

  /** Ends the services, then the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
