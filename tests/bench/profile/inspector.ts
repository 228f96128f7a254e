/**
 * The inspector of a Deno process: Chrome's DevTools protocol, as far as profiles need it.
 *
 * @module
 */
import { z } from "zod";
import { CpuProfile } from "./cpu_profile.ts";

const Target = z.object({ webSocketDebuggerUrl: z.string() });
const Targets = z.tuple([Target], Target);
const Answer = z.object({
  id: z.number().optional(),
  result: z.unknown(),
  error: z.object({ message: z.string() }).optional(),
});
const Stopped = z.object({ profile: CpuProfile });

/** `await using inspector = await Inspector.connect(port)` */
export class Inspector implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(Answer.parse(JSON.parse(String(data))));
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The inspector hung up"));
    };
  }

  /** Of a process that was started with `--inspect=127.0.0.1:<port>`. */
  static async connect(port: number): Promise<Inspector> {
    const targets = Targets.parse(await (await fetch(`http://127.0.0.1:${port}/json`)).json());
    const socket = new WebSocket(targets[0].webSocketDebuggerUrl);
    const opened = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    socket.onerror = () => opened.reject(new Error("Cannot reach the inspector"));
    await opened.promise;
    return new Inspector(socket);
  }

  /** Samples the process while the work lasts. */
  async profileDuring(intervalUs: number, work: () => Promise<void>): Promise<CpuProfile> {
    await this.#call("Profiler.enable");
    await this.#call("Profiler.setSamplingInterval", { interval: intervalUs });
    await this.#call("Profiler.start");
    await work();
    return Stopped.parse(await this.#call("Profiler.stop")).profile;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await closed;
  }

  #call(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    const id = ++this.#asked;
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  #take({ id, result, error }: z.output<typeof Answer>): void {
    if (id === undefined) return; // an event
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) answer?.resolve(result);
    else answer?.reject(new Error(error.message));
  }
}
