import { headers, type NatsConnection } from "@nats-io/transport-node";

/** Another writer was faster; the server says in words what is stored now. */
const WRONG_LAST_SEQUENCE = 10071;

// As long as the event that a rename stores.
const body = new TextEncoder().encode(JSON.stringify({ padding: "x".repeat(730) }));

/** Stores events one publish each, with the same headers as the service's. */
export class EventPublisher {
  readonly #nc: NatsConnection;
  readonly #stream: string;
  readonly #prefix: string;
  readonly #heads = new Map<string, number>();

  /** @param prefix events go to `<prefix>.events.<id>.name_updated` */
  constructor(nc: NatsConnection, stream: string, prefix: string) {
    this.#nc = nc;
    this.#stream = stream;
    this.#prefix = prefix;
  }

  /** Resolves to the event's sequence in the stream. */
  async store(id: string, commandId: string): Promise<number> {
    const head = String(this.#heads.get(id) ?? 0);
    const made = headers();
    made.set("Nats-Msg-Id", `${id}/${commandId}`);
    made.set("Nats-Expected-Stream", this.#stream);
    made.set("Nats-Expected-Last-Subject-Sequence", head);
    made.set("Nats-Expected-Last-Subject-Sequence-Subject", `${this.#prefix}.events.${id}.>`);
    made.set("Previous-Sequence", head);
    made.set("Command-Hash", "x".repeat(43));
    made.set("Schema-Version", "1");
    made.set("Correlation-Id", commandId);
    const answer = await this.#nc.request(`${this.#prefix}.events.${id}.name_updated`, body, {
      headers: made,
      timeout: 10_000,
    });
    const { seq, error } = answer.json<Answer>();
    if (error !== undefined) return await this.#retry(id, commandId, error);
    this.#heads.set(id, seq);
    return seq;
  }

  /** Only happens where several instances take a person's commands in turns. */
  async #retry(id: string, commandId: string, error: NonNullable<Answer["error"]>) {
    const head = error.description.match(/wrong last sequence: (\d+)/)?.[1];
    if (error.err_code !== WRONG_LAST_SEQUENCE || head === undefined) {
      throw new Error(`Not stored: ${JSON.stringify(error)}`);
    }
    this.#heads.set(id, Number(head));
    return await this.store(id, commandId);
  }
}

type Answer = { seq: number; error?: { err_code: number; description: string } };
