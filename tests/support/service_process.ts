/**
 * The real service as a process of its own, as operators run it.
 *
 * @module
 */
import { PROGRAM } from "./program.ts";
import { until } from "./until.ts";

/** `await using service = await TestService.start(...)` stops the service at the end. */
export class TestService implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  #stderr = "";
  readonly #read: Promise<void>;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#read = this.#collect();
  }

  /**
   * Starts the service with these settings and no others. Resolves when it serves; with `waitUntilServing: false`
   * as soon as the process runs.
   */
  static async start(
    settings: Record<string, string>,
    { waitUntilServing = true }: { waitUntilServing?: boolean } = {},
  ): Promise<TestService> {
    const { PATH = "", HOME = "", DENO_DIR } = Deno.env.toObject();
    const command = new Deno.Command(PROGRAM.path, {
      args: [...PROGRAM.args, "serve"],
      clearEnv: true,
      env: { PATH, HOME, ...(DENO_DIR === undefined ? {} : { DENO_DIR }), ...settings },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    });
    const service = new TestService(command.spawn());
    if (waitUntilServing) await service.logged(/Serving /);
    return service;
  }

  /** What it logged so far. */
  get log(): string {
    return this.#stderr;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Its exit status. */
  get status(): Promise<Deno.CommandStatus> {
    return this.#process.status;
  }

  /** Resolves when a part of its log matches. */
  async logged(pattern: RegExp): Promise<void> {
    let hasEnded = false;
    this.#process.status.then(() => hasEnded = true);
    const found = await until(
      `the service logs ${pattern}`,
      () => pattern.test(this.#stderr) ? "found" : hasEnded && "ended",
    );
    if (found === "ended") await this.#read;
    if (!pattern.test(this.#stderr)) {
      throw new Error(`The service ended without logging ${pattern}:\n${this.#stderr}`);
    }
  }

  /** Ends it in good order (SIGTERM). */
  async stop(): Promise<Deno.CommandStatus> {
    this.#signal("SIGTERM");
    return await this.status;
  }

  /** Ends it as a crash does (SIGKILL). */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.status;
  }

  /** Asks it to switch debug logging (SIGHUP). */
  hangUp(): void {
    this.#signal("SIGHUP");
  }

  /** Stops it from running while its connections stay open (SIGSTOP). */
  freeze(): void {
    this.#signal("SIGSTOP");
  }

  /** Lets a frozen service go on (SIGCONT). */
  thaw(): void {
    this.#signal("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#read;
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
  }

  async #collect(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr += text;
    }
  }
}
