/**
 * Real nats-servers for tests: each with a port and a store of its own, to be stopped, killed,
 * frozen and restarted.
 *
 * @module
 */
import {
  type NatsServerOptions,
  type RunningServer,
  startNatsServer,
} from "../../deployment/dev/nats_server.ts";

/** What a test may choose; everything else is made fresh. */
export type TestServerOptions = Pick<
  NatsServerOptions,
  "binary" | "config" | "env" | "port" | "syncAlways"
>;

/** `await using server = await TestNatsServer.start()` ends the server and removes its store. */
export class TestNatsServer implements AsyncDisposable {
  readonly #options: NatsServerOptions;
  #running: RunningServer;

  private constructor(options: NatsServerOptions, running: RunningServer) {
    this.#options = { ...options, port: running.port };
    this.#running = running;
  }

  /** Resolves when the server accepts clients. */
  static async start(options: TestServerOptions = {}): Promise<TestNatsServer> {
    const storeDir = await Deno.makeTempDir({ prefix: "nats-" });
    const chosen = { port: freePort(), ...options, storeDir };
    return new TestNatsServer(chosen, await startNatsServer(chosen));
  }

  /** The client port; the same after a restart. */
  get port(): number {
    return this.#running.port;
  }

  /** `nats://127.0.0.1:<port>` */
  get url(): string {
    return `nats://${this.#running.address}`;
  }

  /** Holds JetStream's files and, as `nats-server.log`, what the server logged since its start. */
  get storeDir(): string {
    return this.#options.storeDir;
  }

  /** Of the process that runs now. */
  get pid(): number {
    return this.#running.pid;
  }

  /** Everything logged, by this process and the ones before a restart. */
  log(): Promise<string> {
    return Deno.readTextFile(this.#running.logFile);
  }

  /** Ends the server in good order. */
  async stop(): Promise<void> {
    await this.#running.stop();
  }

  /** Ends the server as a crash does (SIGKILL). */
  async kill(): Promise<void> {
    this.#running.signal("SIGKILL");
    await this.#running.ended;
  }

  /** Stops it from running while its connections stay open (SIGSTOP). */
  freeze(): void {
    this.#running.signal("SIGSTOP");
    // The signal is on its way when the call returns: what is sent next could still be answered.
    while (!/^State:\s+[TZ]/m.test(Deno.readTextFileSync(`/proc/${this.#running.pid}/status`)));
  }

  /** Lets a frozen server go on (SIGCONT). */
  thaw(): void {
    this.#running.signal("SIGCONT");
  }

  /** Starts it again on the same port and store, with another configuration if one is given. */
  async restart(config?: string): Promise<void> {
    await this.stop();
    if (config !== undefined) this.#options.config = config;
    this.#running = await startNatsServer(this.#options);
  }

  /** Kills the server and removes its store. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.storeDir, { recursive: true });
  }
}

/** A server that is yet to start does not listen yet. */
const handedOut = new Set<number>();

/**
 * A loopback port nobody listens on, outside the range that outgoing connections draw from (32768
 * and up on Linux): there, a client that keeps dialling a server that is down can take the server's
 * port, or be connected to itself.
 */
export function freePort(): number {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
