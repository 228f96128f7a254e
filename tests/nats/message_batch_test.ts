import { assertEquals, assertThrows } from "@std/assert";
import { readAcknowledgement } from "../../src/nats/append_request.ts";
import { Link } from "../../src/nats/link.ts";
import { MessageBatch } from "../../src/nats/message_batch.ts";
import { openEventStore } from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { readMessages } from "../support/stream_messages.ts";

const TIMEOUT_MS = 5_000;

Deno.test("MessageBatch: given messages, when added, then all but the last go out at once, and all are stored when committed", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const { nc } = opened;
  const seen: string[] = [];
  nc.subscribe("person.events.>", { callback: (_error, { subject }) => void seen.push(subject) });
  const batch = new MessageBatch({ nc, link: new Link(nc) });
  for (const kind of ["a", "b", "c"]) assertEquals(batch.add(addition(kind)), true);
  await nc.flush();
  assertEquals(seen, ["person.events.x.a", "person.events.x.b"]);
  assertEquals(await readMessages(nc), []);

  const { answer, batchId } = batch.commit(TIMEOUT_MS);
  const said = readAcknowledgement(await answer, batchId);
  assertEquals(said, { stored: true, sequence: 3, isDuplicate: false });
  const stored = await readMessages(nc);
  assertEquals(
    stored.map(({ headers }) => [headers["Nats-Batch-Id"], headers["Nats-Batch-Sequence"]]),
    ["1", "2", "3"].map((sequence) => [batchId, sequence]),
  );
});

Deno.test("MessageBatch: given one message, when committed, then it is a plain publish", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const { nc } = opened;
  const batch = new MessageBatch({ nc, link: new Link(nc) });
  batch.add(addition("a"));
  const { answer, batchId } = batch.commit(TIMEOUT_MS);
  assertEquals(readAcknowledgement(await answer, batchId)?.stored, true);
  assertEquals((await readMessages(nc)).map(({ headers }) => headers), [{}]);
});

Deno.test("MessageBatch: given no room, when more is added, then it is not taken; into an empty one anything is", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const { nc } = opened;
  const make = () => new MessageBatch({ nc, link: new Link(nc) });
  const [message] = addition("a").messages;
  const several = (count: number) => ({ messages: Array(count).fill(message), bytes: count });
  const many = make();
  assertEquals([512, 1].map((count) => many.add(several(count))), [true, false]);
  assertEquals(many.events, 512);
  const large = make();
  const ofSize = (bytes: number) => ({ ...addition("a"), bytes });
  assertEquals([4_194_304, 1].map((bytes) => large.add(ofSize(bytes))), [true, false]);
  assertEquals([make().add(several(513)), make().add(ofSize(5_000_000))], [true, true]);
});

Deno.test("MessageBatch: given a closed connection, when messages are added, then the commit says so", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const { nc } = opened;
  const batch = new MessageBatch({ nc, link: new Link(nc) });
  await nc.close();
  for (const kind of ["a", "b"]) batch.add(addition(kind));
  assertThrows(() => batch.commit(TIMEOUT_MS), Error, "closed connection");
});

function addition(kind: string) {
  const body = new TextEncoder().encode("{}");
  return { messages: [{ subject: `person.events.x.${kind}`, body, headers: "" }], bytes: 2 };
}
