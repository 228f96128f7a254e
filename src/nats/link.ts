import {
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from "@nats-io/transport-node";
import { INBOX_PREFIX } from "./connect.ts";
import { Numbered } from "./numbered.ts";

/** How late a request may notice that its time is over. */
const LATE_MS = 50;

type Awaited = {
  subject: string;
  deadlineMs: number;
  resolve: (answer: Msg) => void;
  reject: (reason: unknown) => void;
};

/** The link to the server was lost while an answer was awaited: whether the request arrived is unknown. */
export class LinkLost extends Error {
  /** Tells this class apart in logs. */
  override name = "LinkLost";
}

/**
 * Whether the connection is up, and answers that are awaited only as long as it is. The client itself lets a request in
 * flight wait its full time-out when the link is lost, and drops what is published while it is down.
 */
export class Link {
  #isUp = true;
  // Sets, for a race against one long-lived promise would keep every answer in memory.
  readonly #awaitingAnswer = new Set<(reason: LinkLost) => void>();
  readonly #awaitingUp = new Set<() => void>();
  readonly #nc: NatsConnection;
  readonly #inbox = createInbox(INBOX_PREFIX);
  readonly #requests = new Numbered<Awaited>();
  #isWatchingTime = false;
  #isListening = false;

  /** Follows the connection from now on; it must be up. */
  constructor(nc: NatsConnection) {
    this.#nc = nc;
    this.#listen();
    this.#follow(nc);
  }

  /**
   * As the client's own request, but it also fails as soon as the link is lost, and sends an event in little more than
   * half the time: no timer, and one promise for each.
   * Rejects with `LinkLost`, and with `TimeoutError`, `RequestError` and `PermissionViolationError` of the client.
   */
  request(
    subject: string,
    body: Uint8Array,
    { headers, timeoutMs }: { headers?: MsgHdrs; timeoutMs: number },
  ): Promise<Msg> {
    if (!this.#isListening) this.#listen();
    return new Promise((resolve, reject) => {
      const deadlineMs = performance.now() + timeoutMs;
      const number = this.#requests.add({ subject, deadlineMs, resolve, reject });
      const reply = `${this.#inbox}.${number}`;
      try {
        this.#nc.publish(subject, body, headers === undefined ? { reply } : { headers, reply });
      } catch (error) {
        this.#requests.take(number);
        return reject(error);
      }
      this.#watchTime();
    });
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
      else if (status.type === "error") this.#refuse(status.error);
    }
    this.#goDown();
  }

  #goDown(): void {
    this.#isUp = false;
    for (const reject of this.#awaitingAnswer) {
      reject(new LinkLost("The connection to NATS was lost"));
    }
    this.#awaitingAnswer.clear();
    this.#rejectEach(() => new LinkLost("The connection to NATS was lost"));
  }

  /** Where the login may not hear the answers, the client drops the subscription for good, whatever is allowed later. */
  #listen(): void {
    this.#isListening = true;
    this.#nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, answer) => {
        if (error === null) this.#take(answer);
        else this.#isListening = false;
      },
    });
  }

  #take(answer: Msg): void {
    const request = this.#requests.take(Number(answer.subject.slice(this.#inbox.length + 1)));
    if (request === undefined) return;
    if (!saysNobodyListens(answer)) return request.resolve(answer);
    const cause = new NoRespondersError(request.subject);
    request.reject(new RequestError(cause.message, { cause }));
  }

  #refuse(error: Error): void {
    if (!(error instanceof PermissionViolationError)) return;
    this.#rejectEach(({ subject }) => error.subject === subject ? error : null);
  }

  #watchTime(): void {
    if (this.#isWatchingTime) return;
    this.#isWatchingTime = true;
    setTimeout(() => {
      this.#isWatchingTime = false;
      const nowMs = performance.now();
      this.#rejectEach(({ deadlineMs }) => deadlineMs <= nowMs ? new TimeoutError() : null);
      if (this.#requests.size > 0) this.#watchTime();
    }, LATE_MS);
  }

  #rejectEach(reasonFor: (request: Awaited) => Error | null): void {
    for (const [number, request] of this.#requests.entries()) {
      const reason = reasonFor(request);
      if (reason === null) continue;
      this.#requests.take(number);
      request.reject(reason);
    }
  }

  #goUp(): void {
    this.#isUp = true;
    for (const resolve of [...this.#awaitingUp]) resolve();
  }
}

function saysNobodyListens(answer: Msg): boolean {
  try {
    return answer.data.length === 0 && answer.headers?.code === 503;
  } catch {
    return false; // Headers that can't be read are no status.
  }
}
