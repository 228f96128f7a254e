/**
 * A copy of this checkout, so that `deno task dev` can be tried without touching a running one, and
 * the source be changed under it.
 *
 * @module
 */
import { findNatsServer } from "../../deployment/dev/nats_server.ts";
import { bareEnvironment } from "./command_line.ts";
import { until } from "./until.ts";

/** The checkout under test. */
const ORIGIN = Deno.realPathSync(`${import.meta.dirname}/../..`);

/** `await using checkout = await Checkout.copy()` removes the copy, and what runs in it. */
export class Checkout implements AsyncDisposable {
  /** Its path, without symbolic links. */
  readonly folder: string;
  readonly #env: Record<string, string>;

  private constructor(folder: string, natsServer: string) {
    this.folder = folder;
    this.#env = { ...bareEnvironment(), NATS_SERVER: natsServer };
  }

  /** Copies what `deno task dev` needs. */
  static async copy(): Promise<Checkout> {
    const { path } = await findNatsServer();
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "checkout-" }));
    for (const name of ["deno.json", "deno.lock", "src", "deployment"]) {
      await copyTree(`${ORIGIN}/${name}`, `${folder}/${name}`);
    }
    return new Checkout(folder, path);
  }

  /** Starts `deno task dev`. */
  dev(): DevRun {
    return new DevRun(this.#task("dev").spawn());
  }

  /** What `deno task send` prints about the reply to an example. */
  async send(example: string, ...options: string[]): Promise<string> {
    return await this.#printedBy("send", "--example", example, ...options);
  }

  /** What `deno task service` prints. */
  async service(...args: string[]): Promise<string> {
    return await this.#printedBy("service", ...args);
  }

  async #printedBy(task: string, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await this.#task(task, ...args).output();
    return new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr);
  }

  /** Puts a text into a source file. */
  async write(path: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/${path}`, text);
  }

  /** The text of a file. */
  async read(path: string): Promise<string> {
    return await Deno.readTextFile(`${this.folder}/${path}`);
  }

  /** The service and the nats-server, as far as they run: process ids and command lines. */
  async processes(): Promise<string[]> {
    const ps = new Deno.Command("ps", { args: ["-A", "-ww", "-o", "pid=,command="] });
    const lines = new TextDecoder().decode((await ps.output()).stdout).split("\n");
    return lines.filter((line) => line.includes(this.folder)).map((line) => line.trim());
  }

  /** Kills what runs in it, and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const line of await this.processes()) Deno.kill(Number.parseInt(line), "SIGKILL");
    await Deno.remove(this.folder, { recursive: true });
  }

  #task(...args: string[]): Deno.Command {
    return new Deno.Command(Deno.execPath(), {
      args: ["task", ...args],
      cwd: this.folder,
      clearEnv: true,
      env: this.#env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A process group of its own, as a shell makes one for each command.
      detached: true,
    });
  }
}

/** A `deno task dev` that runs; disposing of it stops it. */
export class DevRun implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #read: Promise<unknown>;
  #output = "";

  /** Reads what the process prints. */
  constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#read = Promise.all([process.stdout, process.stderr].map((each) => this.#collect(each)));
  }

  /** What it and the service printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it printed something of the kind. */
  async printed(pattern: RegExp): Promise<void> {
    try {
      await until(`dev prints ${pattern}`, () => pattern.test(this.#output));
    } catch (error) {
      throw new Error(this.#output, { cause: error });
    }
  }

  /** Resolves to its exit status when it ended. */
  async ended(): Promise<number> {
    const { code } = await this.#process.status;
    await this.#read;
    return code;
  }

  /** Does what a terminal does: interrupts all processes of the group. */
  async pressCtrlC(): Promise<number> {
    Deno.kill(-this.#process.pid, "SIGINT");
    return await this.ended();
  }

  /** Kills `deno task` alone. */
  killTaskRunner(): void {
    this.#process.kill("SIGKILL");
  }

  /** Kills the whole group, and with it `dev` but not what it keeps out of the group. */
  async kill(): Promise<void> {
    Deno.kill(-this.#process.pid, "SIGKILL");
    await this.#process.status;
  }

  /** Stops it, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      Deno.kill(-this.#process.pid, "SIGINT");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // it ended already
    }
    await this.#process.status;
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#output += text;
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copyTree(`${from}/${name}`, `${to}/${name}`);
  }
}
