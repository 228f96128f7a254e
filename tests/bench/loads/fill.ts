/**
 * Fills a stream in seconds: atomic batches, two under way.
 *
 * @module
 */
import type { NatsConnection } from "@nats-io/transport-node";
import { type EventMessage, readAcknowledgement } from "../../../src/nats/append_request.ts";
import { Link } from "../../../src/nats/link.ts";
import { MessageBatch } from "../../../src/nats/message_batch.ts";
import type { WrittenPerson } from "./history.ts";

const UNDER_WAY = 2;
const TIMEOUT_MS = 30_000;

// As long as the event that a rename stores.
const otherBody = new TextEncoder().encode(JSON.stringify({ padding: "x".repeat(730) }));

/**
 * Stores the events of the persons, spread evenly among as many of others as wanted.
 * @param prefix of a stream that is empty
 */
export async function fill(
  nc: NatsConnection,
  prefix: string,
  persons: WrittenPerson[],
  others: number,
): Promise<void> {
  const connection = { nc, link: new Link(nc) };
  let seq = 0;
  let batch = new MessageBatch(connection);
  const underWay: Promise<void>[] = [];
  for (const nextEvent of spreadOut(prefix, persons, others)) {
    const message = nextEvent(seq + 1);
    const addition = { messages: [message], bytes: message.body.length };
    if (!batch.add(addition)) {
      underWay.push(storeBatch(batch, seq));
      batch = new MessageBatch(connection);
      batch.add(addition);
      if (underWay.length >= UNDER_WAY) await underWay.shift();
    }
    seq++;
  }
  if (batch.events > 0) underWay.push(storeBatch(batch, seq));
  await Promise.all(underWay);
}

async function storeBatch(batch: MessageBatch, last: number): Promise<void> {
  const { answer: sent, batchId } = batch.commit(TIMEOUT_MS);
  const answer = readAcknowledgement(await sent, batchId);
  // The events name each other by the sequences that they were to get.
  if (answer?.stored !== true || answer.sequence !== last) {
    throw new Error(`Batch up to ${last} not stored there: ${JSON.stringify(answer)}`);
  }
}

function* spreadOut(
  prefix: string,
  persons: WrittenPerson[],
  others: number,
): Generator<(seq: number) => EventMessage> {
  const due = persons.map((person) => ({ person, written: 0 }));
  const total = persons.reduce((events, person) => events + person.events, others);
  let othersLeft = others;
  for (let place = 1; place <= total; place++) {
    const waiting = due.find(({ person, written }) => written < place * person.events / total - 1);
    const next = waiting ??
      (othersLeft > 0 ? undefined : due.find(({ person, written }) => written < person.events));
    if (next === undefined) {
      othersLeft--;
      yield () => other(prefix);
    } else {
      next.written++;
      yield (seq) => next.person.next(seq);
    }
  }
}

function other(prefix: string): EventMessage {
  return {
    subject: `${prefix}.events.${crypto.randomUUID()}.created`,
    body: otherBody,
    headers: "",
  };
}
