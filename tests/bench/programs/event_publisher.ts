import { headers, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";

/** Another writer was faster; the server says in words what is stored now. */
const WRONG_LAST_SEQUENCE = 10071;

/** As long as the event that a rename stores. */
export const EVENT_BODY: Uint8Array = new TextEncoder().encode(
  JSON.stringify({ padding: "x".repeat(730) }),
);

/** Where the events of a program go. */
export type EventStream = {
  stream: string;
  /** Events go to `<prefix>.events.<id>.name_updated`. */
  prefix: string;
};

/** The headers that the service gives an event, too. `head`: null for one that follows another one in its batch. */
export function eventHeaders(
  { stream, prefix }: EventStream,
  id: string,
  commandId: string,
  head: number | null,
): MsgHdrs {
  const made = headers();
  made.set("Nats-Msg-Id", `${id}/${commandId}`);
  made.set("Nats-Expected-Stream", stream);
  if (head !== null) {
    made.set("Nats-Expected-Last-Subject-Sequence", String(head));
    made.set("Nats-Expected-Last-Subject-Sequence-Subject", `${prefix}.events.${id}.>`);
  }
  made.set("Previous-Sequence", String(head ?? -1));
  made.set("Command-Hash", "x".repeat(43));
  made.set("Schema-Version", "1");
  made.set("Correlation-Id", commandId);
  return made;
}

/** Stores events one publish each, with the same headers as the service's. */
export class EventPublisher {
  readonly #nc: NatsConnection;
  readonly #to: EventStream;
  readonly #heads = new Map<string, number>();

  /** Stores nothing yet. */
  constructor(nc: NatsConnection, to: EventStream) {
    this.#nc = nc;
    this.#to = to;
  }

  /** Resolves to the event's sequence in the stream. */
  async store(id: string, commandId: string): Promise<number> {
    const made = eventHeaders(this.#to, id, commandId, this.#heads.get(id) ?? 0);
    const subject = `${this.#to.prefix}.events.${id}.name_updated`;
    const answer = await this.#nc.request(subject, EVENT_BODY, { headers: made, timeout: 10_000 });
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
