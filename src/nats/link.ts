import type { NatsConnection } from "@nats-io/transport-node";

/** The link to the server was lost while an answer was awaited: whether the request arrived is unknown. */
export class LinkLost extends Error {
  /** Tells this class apart in logs. */
  override name = "LinkLost";
}

/**
 * Whether the connection is up. The client itself lets a request in flight wait its full time-out when the link is
 * lost, and drops what is published while it is down.
 */
export class Link {
  #isUp = true;
  // Sets, for a race against one long-lived promise would keep every answer in memory.
  readonly #awaitingAnswer = new Set<(reason: LinkLost) => void>();
  readonly #awaitingUp = new Set<() => void>();

  /** Follows the connection from now on; it must be up. */
  constructor(nc: NatsConnection) {
    this.#follow(nc);
  }

  /** Whether the server can be reached just now. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** The answer, or `LinkLost` as soon as the link is. */
  whileUp<T>(answer: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#awaitingAnswer.add(reject);
      answer.then(resolve, reject).finally(() => this.#awaitingAnswer.delete(reject));
    });
  }

  /** Resolves when the link is up, after `timeoutMs` at the latest. */
  waitUntilUp(timeoutMs: number): Promise<void> {
    if (this.#isUp) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#awaitingUp.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#awaitingUp.add(done);
    });
  }

  async #follow(nc: NatsConnection): Promise<void> {
    for await (const status of nc.status()) {
      if (status.type === "disconnect") this.#goDown();
      else if (status.type === "reconnect") this.#goUp();
    }
    this.#goDown();
  }

  #goDown(): void {
    this.#isUp = false;
    for (const reject of this.#awaitingAnswer) {
      reject(new LinkLost("The connection to NATS was lost"));
    }
    this.#awaitingAnswer.clear();
  }

  #goUp(): void {
    this.#isUp = true;
    for (const resolve of [...this.#awaitingUp]) resolve();
  }
}
