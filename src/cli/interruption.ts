import { Unanswered } from "./connect_once.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Listens to SIGINT and SIGTERM. Only the first is taken: the second ends the process at once. */
export class Interruption implements Disposable {
  readonly #interrupted = new AbortController();
  readonly #listeners = SIGNALS.map((name) => ({ name, listener: () => this.#end(name) }));

  /** Listens from now on. */
  constructor() {
    for (const { name, listener } of this.#listeners) Deno.addSignalListener(name, listener);
  }

  /** Aborted with {@linkcode Unanswered} that says by what. */
  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  #end(name: string): void {
    this[Symbol.dispose]();
    this.#interrupted.abort(new Unanswered(`Ended by ${name}`));
  }

  /** Leaves signals to the system again. */
  [Symbol.dispose](): void {
    for (const { name, listener } of this.#listeners) Deno.removeSignalListener(name, listener);
  }
}
