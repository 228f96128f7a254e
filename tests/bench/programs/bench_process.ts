/**
 * What is measured, each in a process of its own: the service, and the programs that it is compared with.
 *
 * @module
 */
import { v8Flags } from "../../../deployment/compile/v8_flags.ts";
import { TextLineStream } from "../text_lines.ts";

const MAIN = Deno.realPathSync(`${import.meta.dirname}/../../../src/main.ts`);

/** How V8 runs. */
export type Engine = { jitless: boolean };

type Start = { args: string[]; env: Record<string, string>; ready: RegExp };

/** `await using service = await startService(...)` kills it at the end. */
export class BenchProcess implements AsyncDisposable {
  /** From its start until it said that it is ready. */
  readyMs: number = NaN;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting: { pattern: RegExp; resolve: (line: string) => void }[] = [];
  readonly #read: Promise<unknown>;
  #output = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdin = child.stdin.getWriter();
    this.#read = Promise.all([this.#collect(child.stdout), this.#collect(child.stderr)]);
  }

  /** Resolves when a line of its output says that it is ready. */
  static async start({ args, env, ready }: Start): Promise<BenchProcess> {
    const startedMs = performance.now();
    const { PATH = "", HOME = "", DENO_DIR } = Deno.env.toObject();
    const child = new Deno.Command(Deno.execPath(), {
      args,
      clearEnv: true,
      env: { PATH, HOME, ...(DENO_DIR === undefined ? {} : { DENO_DIR }), ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const process = new BenchProcess(child);
    await process.line(ready);
    process.readyMs = performance.now() - startedMs;
    return process;
  }

  /** Of the process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Everything it wrote so far. */
  get output(): string {
    return this.#output;
  }

  /** Writes a line to it and resolves to the line that it answers. */
  async ask(question: unknown): Promise<unknown> {
    const answer = this.line(/^\{/);
    await this.#stdin.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`));
    return JSON.parse(await answer);
  }

  /** The next line of its output that matches. Rejects when it ends before. */
  async line(pattern: RegExp): Promise<string> {
    const found = Promise.withResolvers<string>();
    this.#waiting.push({ pattern, resolve: found.resolve });
    const ended = this.#read.then(() => {
      throw new Error(`A process ended that was to be measured:\n${this.#output}`);
    });
    return await Promise.race([found.promise, ended]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal("SIGKILL");
    await this.#child.status;
    await this.#read;
    // Its other end is gone.
    await this.#stdin.close().catch(() => {});
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) {
      this.#output += `${line}\n`;
      const index = this.#waiting.findIndex(({ pattern }) => pattern.test(line));
      if (index !== -1) this.#waiting.splice(index, 1)[0]?.resolve(line);
    }
  }
}

/** Starts the service from the sources, with these settings and no others. */
export function startService(
  settings: Record<string, string>,
  engine: Engine,
  runOptions: string[] = [],
): Promise<BenchProcess> {
  return BenchProcess.start({
    args: ["run", "-A", ...runOptions, MAIN, "serve"],
    env: { ...settings, ...environmentOf(engine) },
    ready: /Serving /,
  });
}

/** Starts one of the programs in this folder. */
export function startProgram(
  name: "bare_loop" | "plain_loop" | "bare_batches" | "raw_publish",
  url: string,
  engine: Engine,
): Promise<BenchProcess> {
  return BenchProcess.start({
    args: ["run", "-A", `${import.meta.dirname}/${name}.ts`, url.replaceAll("nats://", "")],
    env: environmentOf(engine),
    ready: /^ready$/,
  });
}

/** As the executables are compiled. */
function environmentOf(engine: Engine): Record<string, string> {
  return { DENO_V8_FLAGS: v8Flags(engine) };
}
