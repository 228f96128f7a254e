import type { Msg, NatsConnection } from "@nats-io/transport-node";
import type { AppendRequest, EventMessage } from "./append_request.ts";
import { headerLine, HeaderLines } from "./header_lines.ts";
import type { Link } from "./link.ts";

/** The server takes 1,000 messages a batch; beyond a few hundred a batch only gets slower. */
const MAX_EVENTS = 512;
const MAX_BYTES = 4 * 1024 * 1024;

/** What was sent, to be answered once: see `readAcknowledgement`. */
export type Sent = { answer: Promise<Msg>; batchId: string | undefined };

/** Where messages go. */
export type Connection = { nc: NatsConnection; link: Link };

/** Has an append stored, and nothing else with it. Throws when it could not be sent. */
export function sendAtOnce(
  request: AppendRequest,
  timeoutMs: number,
  connection: Connection,
): Sent {
  const [first, other] = request.messages;
  // Nearly all of them: what a batch counts and keeps for one message is a fortieth of a command's processor time.
  if (first !== undefined && other === undefined) return publish(first, timeoutMs, connection);
  const batch = new MessageBatch(connection);
  batch.add(request);
  return batch.commit(timeoutMs);
}

function publish(
  { subject, body, headers }: EventMessage,
  timeoutMs: number,
  { link }: Connection,
): Sent {
  const answer = link.request(subject, body, { headers: new HeaderLines(headers), timeoutMs });
  return { answer, batchId: undefined };
}

/**
 * Messages that are stored all or not at all: a plain publish for one, an atomic batch for several. Each goes out as soon
 * as there is one behind it, and so the server has most of a batch when the last one tells it to store them.
 * Source: NATS ADR-50; by hand, for the client's batch API hides the server's error code.
 */
export class MessageBatch {
  readonly #connection: Connection;
  /** The one that goes out next: nobody knows yet whether it is the last. */
  #last: EventMessage | undefined;
  #batchId: string | undefined;
  #events = 0;
  #bytes = 0;
  #failure: { reason: unknown } | undefined;

  /** Sends nothing yet. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** How many messages it has. */
  get events(): number {
    return this.#events;
  }

  /** Adds an append's messages where there is room, into an empty batch always. What can't be sent is told by `commit`. */
  add({ messages, bytes }: Pick<AppendRequest, "messages" | "bytes">): boolean {
    const hasRoom = this.#events + messages.length <= MAX_EVENTS &&
      this.#bytes + bytes <= MAX_BYTES;
    // One alone always fits: its events are those of a single command or of as many as a batch holds.
    if (!hasRoom && this.#events > 0) return false;
    this.#bytes += bytes;
    for (const message of messages) {
      if (this.#last !== undefined) this.#stage(this.#last);
      this.#last = message;
      this.#events++;
    }
    return true;
  }

  /** Has them stored; to be called once. Throws when one could not be sent, and then none will be stored. */
  commit(timeoutMs: number): Sent {
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (this.#last === undefined) throw new Error("An append has no event");
    const batchId = this.#batchId;
    if (batchId === undefined) return publish(this.#last, timeoutMs, this.#connection);
    const { subject, body } = this.#last;
    const commit = this.#last.headers + headerLine("Nats-Batch-Commit", "1");
    const headers = this.#numbered(commit, batchId);
    const answer = this.#connection.link.request(subject, body, { headers, timeoutMs });
    return { answer, batchId };
  }

  #stage({ subject, body, headers }: EventMessage): void {
    if (this.#failure !== undefined) return;
    this.#batchId ??= crypto.randomUUID();
    try {
      const lines = this.#numbered(headers, this.#batchId);
      this.#connection.nc.publish(subject, body, { headers: lines });
    } catch (reason) {
      this.#failure = { reason };
    }
  }

  #numbered(headers: string, batchId: string): HeaderLines {
    return new HeaderLines(
      headers + headerLine("Nats-Batch-Id", batchId) +
        headerLine("Nats-Batch-Sequence", String(this.#events)),
    );
  }
}
