/**
 * Persons' histories published by hand, as other writers or damage may leave them, in a stream that lets events be
 * deleted.
 *
 * @module
 */
import { jetstream, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import type { Position, StoredEvent } from "../../src/application/ports.ts";
import { HistoryReader } from "../../src/nats/history_reader.ts";
import { Link } from "../../src/nats/link.ts";
import { subjectsOf } from "../../src/nats/subjects.ts";
import { assertThat } from "./assert_that.ts";
import { plainName } from "./command_client.ts";
import { systemClock } from "./event_store_fixture.ts";
import { TestNatsServer } from "./nats_server.ts";

const STREAM = "RAW";
const AT = "2026-01-02T03:04:05Z";

/** `await using raw = await RawHistories.open()` */
export class RawHistories implements AsyncDisposable {
  readonly server: TestNatsServer;
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly streamName = STREAM;
  /** Reads what is published here. */
  readonly reader: HistoryReader;

  private constructor(server: TestNatsServer, nc: NatsConnection, jsm: JetStreamManager) {
    this.server = server;
    this.nc = nc;
    this.jsm = jsm;
    this.reader = new HistoryReader({
      jsm,
      streamName: STREAM,
      subjects: subjectsOf("person"),
      link: new Link(nc),
      clock: systemClock,
    });
  }

  /** On a server of its own. */
  static async open(): Promise<RawHistories> {
    const server = await TestNatsServer.start();
    const nc = await connect({ servers: server.url.replace("nats://", "") });
    const jsm = await jetstreamManager(nc, { timeout: 1_000 });
    await jsm.streams.add({ name: STREAM, subjects: ["person.events.>"], allow_direct: true });
    return new RawHistories(server, nc, jsm);
  }

  /** Publishes an event with this body and these headers; resolves to its stream sequence. */
  async publish(
    personId: string,
    body: unknown,
    headerFields: Record<string, string> = {},
  ): Promise<number> {
    const fields = headers();
    for (const [name, value] of Object.entries(headerFields)) fields.set(name, value);
    const subject = `person.events.${personId}.updated`;
    const published = await jetstream(this.nc).publish(subject, JSON.stringify(body), {
      headers: fields,
    });
    return published.seq;
  }

  /** Publishes events numbered from `first` on; linked to each other, and the first to `head`, unless that is null. */
  async history(
    personId: string,
    count: number,
    { first = 1, head = 0 as number | null, padding = 0 } = {},
  ): Promise<number[]> {
    const sequences: number[] = [];
    for (let version = first; version < first + count; version++) {
      const previous = head === null ? null : sequences.at(-1) ?? head;
      const link: Record<string, string> = previous === null
        ? {}
        : { "Previous-Sequence": String(previous) };
      sequences.push(await this.publish(personId, bodyOf(personId, version, padding), link));
    }
    return sequences;
  }

  /** Removes a message as if it had never been there. */
  async lose(sequence: number): Promise<void> {
    await this.jsm.streams.deleteMessage(STREAM, sequence, false);
  }

  /** The person's last event. */
  async last(personId: string): Promise<StoredEvent> {
    const last = await this.reader.readLast(personId, soon());
    assertThat(last !== null);
    return last;
  }

  /** The stream sequences of what is read up to the person's last event. */
  async tail(personId: string, after: Position | null = null): Promise<number[] | null> {
    const tail = await this.reader.readTail(await this.last(personId), after, soon());
    return tail?.map(({ streamSequence }) => streamSequence) ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nc.close();
    await this.server[Symbol.asyncDispose]();
  }
}

/** A deadline that a healthy server never meets. */
export function soon(): number {
  return performance.now() + 5_000;
}

/** The body of an event, of at least `padding` bytes. */
export function bodyOf(personId: string, version: number, padding = 0): Record<string, unknown> {
  return {
    aggregate_id: personId,
    sequence: version,
    event: {
      PersonUpdated: { person_id: personId, name: plainName(`Ada ${version}`), updated_at: AT },
    },
    timestamp: AT,
    correlation_id: "k".repeat(padding + 1),
    causation_id: `c-${version}`,
    schema_version: 1,
  };
}

/** Where an event stands in its history. */
export function positionOf(event: StoredEvent | undefined): Position {
  assertThat(event !== undefined);
  const { envelope, streamSequence, eventHash } = event;
  return { version: envelope.sequence, head: streamSequence, eventHash };
}
