import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import { ContentMissing, readContent } from "../../src/nats/stream_content.ts";
import { TestNatsServer } from "../support/nats_server.ts";

const STREAM = "CONTENT";

Deno.test("readContent: given a message with a header, when read from two streams, then any difference shows in the checksum", async () => {
  await using server = await TestNatsServer.start();
  await using other = await TestNatsServer.start();
  await using stream = await openStream(server);
  await using otherStream = await openStream(other);
  await stream.publish({ Mark: "a" });
  await otherStream.publish({ Mark: "b" });
  const first = await stream.contentUpTo(1);
  assertEquals([first.messages, first], [1, await stream.contentUpTo(1)]);
  assertNotEquals(first.sha256, (await otherStream.contentUpTo(1)).sha256);
});

Deno.test("readContent: given the two events of a merge, when read up to the first, then it ends inside a merge", async () => {
  await using server = await TestNatsServer.start();
  await using stream = await openStream(server);
  await stream.publish({}, "content.a.merged");
  await stream.publish({}, "content.b.absorbed");
  await stream.publish({});
  const ends = [];
  for (const sequence of [1, 2, 3]) ends.push(await stream.contentUpTo(sequence));
  assertEquals(ends.map(({ endsInsideMerge }) => endsInsideMerge), [true, false, false]);
});

Deno.test("readContent: given a gap, when read, then it is passed over; when there is more than expected, then it fails", async () => {
  await using server = await TestNatsServer.start();
  await using stream = await openStream(server);
  for (let n = 0; n < 3; n++) await stream.publish({});
  await stream.jsm.streams.deleteMessage(STREAM, 2);
  const content = await readContent(stream.jsm, STREAM, { messages: 2, lastSequence: 3 }, ignore);
  assertEquals(content.messages, 2);
  await assertRejects(
    () => readContent(stream.jsm, STREAM, { messages: 1, lastSequence: 3 }, ignore),
    ContentMissing,
    "gives 2 messages up to sequence 3, not 1",
  );
});

const ignore = () => {};

async function openStream(server: TestNatsServer) {
  const nc: NatsConnection = await connect({ servers: server.url.replace("nats://", "") });
  const jsm: JetStreamManager = await jetstreamManager(nc);
  await jsm.streams.add({
    name: STREAM,
    subjects: ["content.>"],
    allow_atomic: true,
    allow_direct: true,
  });
  return {
    nc,
    jsm,
    publish: (fields: Record<string, string>, subject = "content.a") =>
      nc.request(subject, "", { headers: headersOf(fields), timeout: 5_000 }),
    contentUpTo: (lastSequence: number) =>
      readContent(jsm, STREAM, { messages: lastSequence, lastSequence }, ignore),
    [Symbol.asyncDispose]: () => nc.close(),
  };
}

function headersOf(fields: Record<string, string>) {
  const made = headers();
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
}
