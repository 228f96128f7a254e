/**
 * The service as a child process, started again when its source changes.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import { ROOT, SERVICE_PID_FILE } from "./checkout.ts";
import { v8Flags } from "../compile/v8_flags.ts";

/** Editors save in several steps, and version control changes many files at once. */
const DEBOUNCE_MS = 200;
/** Beyond `SHUTDOWN_TIMEOUT`, at which the service gives up by itself. */
const GRACE_MS = 3000;

/** Disposing of it stops the service. */
export class ServiceProcess implements AsyncDisposable {
  readonly #shutdownTimeoutMs: number;
  #child: Deno.ChildProcess | undefined;
  #idle: Promise<void> = Promise.resolve();
  #isDisposed = false;

  /** Starts the service with the environment of this process. */
  constructor(shutdownTimeoutMs: number) {
    this.#shutdownTimeoutMs = shutdownTimeoutMs;
    this.#start();
  }

  /** Starts the service again after changes of source files, until the watcher is closed. */
  async reloadOnChange(watcher: Deno.FsWatcher): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    for await (const { kind, paths } of watcher) {
      const source = paths.find((path) => /\.(ts|json)$/.test(path));
      if (kind === "access" || source === undefined) continue;
      clearTimeout(timer);
      timer = setTimeout(() => this.#restart(source), DEBOUNCE_MS);
    }
    clearTimeout(timer);
  }

  /** Stops the service and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#idle;
    await this.#stop();
  }

  #restart(changed: string): void {
    this.#idle = this.#idle.then(async () => {
      if (this.#isDisposed) return;
      console.log(`Reloading: ${changed.replace(`${ROOT}/`, "")} changed`);
      await this.#stop();
      this.#start();
    });
  }

  #start(): void {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        `--v8-flags=${v8Flags({ jitless: false })}`,
        `${ROOT}/src/main.ts`,
        "serve",
      ],
      cwd: ROOT,
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
      // Ctrl-C reaches every process of the terminal's group: this one alone decides who stops when.
      detached: true,
    }).spawn();
    Deno.writeTextFileSync(SERVICE_PID_FILE, `${child.pid}`);
    this.#child = child;
    child.status.then((status) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      const how = status.signal === null ? `with status ${status.code}` : `by ${status.signal}`;
      console.error(`The service ended ${how}; it starts again when a file in src changes`);
    });
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined; // so that its end is not reported as a crash
    if (child === undefined) return;
    child.kill("SIGTERM");
    const kill = setTimeout(() => child.kill("SIGKILL"), this.#shutdownTimeoutMs + GRACE_MS);
    await child.status;
    clearTimeout(kill);
    await Deno.remove(SERVICE_PID_FILE);
  }
}
