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

const FIRST_PORT = 12_000;
const BLOCKS = 100;
const BLOCK_SIZE = 200;
let blockStart = takeBlock();
/** A server that is yet to start does not listen yet. */
const handedOut = new Set<number>();

/**
 * A loopback port nobody listens on, outside the range that outgoing connections draw from (32768
 * and up on Linux): there, a client that keeps dialling a server that is down can take the server's
 * port, or be connected to itself.
 */
export function freePort(): number {
  for (;;) {
    if (handedOut.size === BLOCK_SIZE - 1) {
      blockStart = takeBlock(); // a long benchmark needs more than one
      handedOut.clear();
    }
    const port = blockStart + 1 + Math.floor(Math.random() * (BLOCK_SIZE - 1));
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    const listener = listen(port);
    listener?.close();
    if (listener !== null) return port;
  }
}

/**
 * Test files run beside each other, and the port of a server that is down for a moment must not go to another file's:
 * whoever listens on the first port of a block has all of it, until the file's worker ends.
 */
function takeBlock(): number {
  const first = Math.floor(Math.random() * BLOCKS);
  for (let n = 0; n < BLOCKS; n++) {
    const start = FIRST_PORT + ((first + n) % BLOCKS) * BLOCK_SIZE;
    if (listen(start) !== null) return start;
  }
  throw new Error(`All ports from ${FIRST_PORT} on are taken`);
}

/** Null where somebody listens already. */
function listen(port: number): Deno.Listener | null {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return null;
    throw error;
  }
}
