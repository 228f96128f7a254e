import { TestService } from "../support/service_process.ts";
import { until } from "../support/until.ts";
import type { TcpProxy } from "./tcp_proxy.ts";

/** Time that the instances take for a command at most. Faults that have to outlast it stay short so. */
export const COMMAND_TIMEOUT_MS = 4_000;
/** A slow machine may need long; only one that never gets there is a failure. */
const PATIENCE_MS = 180_000;

/** One place where the service runs, with its links to the servers; its process may be another from time to time. */
export class Instance implements AsyncDisposable {
  /** Its links to the servers. */
  readonly links: TcpProxy[];
  readonly #settings: Record<string, string>;
  #process: TestService | null = null;
  #logOfEarlier = "";

  /** Starts nothing yet. */
  constructor(links: TcpProxy[], replicas: number) {
    this.links = links;
    this.#settings = {
      NATS_URL: links.map(({ port }) => `nats://127.0.0.1:${port}`).join(","),
      STREAM_REPLICAS: String(replicas),
      DURABLE_COMMANDS: "true",
      COMMAND_TIMEOUT: `${COMMAND_TIMEOUT_MS}ms`,
      // Often enough that most persons have one.
      SNAPSHOT_FREQ: "5",
      // The full disk is made with a limit, on which the service would not start.
      ALLOW_UNSAFE_STREAM: "true",
      LOG_FORMAT: "text",
    };
  }

  /** Everything logged so far, by earlier processes too. */
  get log(): string {
    return this.#logOfEarlier + (this.#process?.log ?? "");
  }

  /** Starts a process; resolves when it serves. */
  async start(): Promise<void> {
    this.#logOfEarlier = this.log;
    this.#process = await TestService.start(this.#settings, { waitUntilServing: false });
    await this.serving();
  }

  /** Resolves when it serves. Rejects when it ended by itself, which it never may. */
  async serving(): Promise<void> {
    const process = this.#process;
    if (process === null) throw new Error("The instance was not started");
    let code: number | undefined;
    process.status.then((status) => code = status.code);
    await until(
      "the instance serves",
      () => code !== undefined || /Serving /.test(process.log),
      PATIENCE_MS,
    );
    if (code !== undefined) {
      throw new InstanceEnded(
        `An instance ended by itself with status ${code}:\n${this.log.slice(-4_000)}`,
      );
    }
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** In good order. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Keeps it from running, its connections open. */
  freeze(): void {
    this.#process?.freeze();
  }

  /** Lets it go on. */
  thaw(): void {
    this.#process?.thaw();
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}

/** The service ended though nobody asked it to. */
export class InstanceEnded extends Error {
  /** Tells this class apart. */
  override name = "InstanceEnded";
}
