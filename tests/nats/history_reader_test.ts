import { assertEquals, assertRejects } from "@std/assert";
import { NatsConnectionImpl } from "@nats-io/transport-node";
import { assertThat } from "../support/assert_that.ts";
import { bodyOf, positionOf, RawHistories, soon } from "../support/raw_history.ts";
import { publishRaw } from "../support/publish_raw.ts";
import { until } from "../support/until.ts";
import { StoreUnavailable, UnreadableHistory } from "../../src/application/failures.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";

test("given a history among others, when read by batch or step by step, then it is the same", async (raw) => {
  const sequences: number[] = [];
  for (let version = 1; version <= 120; version++) {
    const head = sequences.at(-1) ?? 0;
    sequences.push(...await raw.history(ID, 1, { first: version, head }));
    if (version % 3 === 0) await raw.history(OTHER_ID, 1, { head: null });
  }
  const all = await raw.reader.readTail(await raw.last(ID), null, soon());
  assertThat(all !== null);
  assertEquals(all.map(({ streamSequence }) => streamSequence), sequences);
  for (const [from, to] of [[0, 1], [0, 20], [50, 82], [86, 119], [0, 119], [118, 119]] as const) {
    const last = all[to];
    assertThat(last !== undefined);
    const tail = await raw.reader.readTail(last, positionOf(all[from]), soon());
    assertEquals(tail, all.slice(from + 1, to + 1), `${from} to ${to}`);
  }
});

test("given more events than one batch holds, when read, then all are", async (raw) => {
  const sequences = await raw.history(ID, 2_100);
  assertEquals(await raw.tail(ID), sequences);
});

test("given a long history among others, when read from a time on, then what the server stored since then is", async (raw) => {
  const sequences = await raw.history(ID, 60);
  await raw.history(OTHER_ID, 5);
  const message = await raw.jsm.streams.getMessage(raw.streamName, { seq: sequences[20] ?? 0 });
  assertThat(message !== null);
  const events = await raw.reader.readFrom(ID, { time: message.timestamp }, soon());
  assertEquals(events.map(({ streamSequence }) => streamSequence), sequences.slice(20));
  const last = { sequence: sequences.at(-1) ?? 0 };
  assertEquals(await raw.reader.readFrom(ID, last, soon()), events.slice(-1));
});

test("given a gap, when read from a time before it, then the history is incomplete", async (raw) => {
  const sequences = await raw.history(ID, 5);
  await raw.lose(sequences[2] ?? 0);
  await assertRejects(
    () => raw.reader.readFrom(ID, { time: "2000-01-01T00:00:00Z" }, soon()),
    UnreadableHistory,
  );
});

test("given many histories read by batch, when done, then nothing of it stays in the connection", async (raw) => {
  await raw.history(ID, 100);
  const { nc } = raw;
  assertThat(nc instanceof NatsConnectionImpl);
  await raw.tail(ID);
  const before = nc.protocol.subscriptions.size();
  for (let n = 0; n < 20; n++) await raw.tail(ID);
  assertEquals(nc.protocol.subscriptions.size(), before);
});

test("given events without Previous-Sequence, when read, then they are found by their subject", async (raw) => {
  await raw.history(OTHER_ID, 3);
  const few = await raw.history(ID, 5, { head: null });
  assertEquals(await raw.tail(ID), few);
  const all = [...few, ...await raw.history(ID, 40, { first: 6, head: null })];
  assertEquals(await raw.tail(ID), all);
  const linked = await raw.history(ID, 3, { first: 46, head: all.at(-1) ?? 0 });
  assertEquals(await raw.tail(ID), [...all, ...linked]);
});

test("given events without Previous-Sequence, when read from a position, then only what came after it is", async (raw) => {
  const sequences = await raw.history(ID, 10, { head: null });
  const events = await raw.reader.readTail(await raw.last(ID), null, soon());
  assertEquals(await raw.tail(ID, positionOf(events?.[3])), sequences.slice(4));
  const position = { ...positionOf(events?.[3]), eventHash: "other" };
  assertEquals(await raw.tail(ID, position), null);
});

test("given a position of another history, when read, then it does not join up", async (raw) => {
  const [, , third = 0] = await raw.history(ID, 60);
  const [elsewhere = 0] = await raw.history(OTHER_ID, 1);
  await raw.history(ID, 40, { first: 61, head: elsewhere - 1 });
  const events = await raw.reader.readTail(await raw.last(ID), null, soon());
  for (const index of [2, 60, 97]) {
    const position = positionOf(events?.[index]);
    const others = [
      { ...position, eventHash: "other" },
      { ...position, version: position.version + 1 },
      { ...position, head: position.head + 1 },
      { ...position, head: third, version: 1 },
      { ...position, head: elsewhere },
    ];
    for (const other of others) assertEquals(await raw.tail(ID, other), null);
  }
});

test("given an event that is missing, when read over it, then the history is incomplete there", async (raw) => {
  for (const [count, index] of [[5, 2], [5, 0], [100, 50], [100, 0], [100, 98]] as const) {
    const personId = crypto.randomUUID();
    const sequences = await raw.history(personId, count);
    const events = await raw.reader.readTail(await raw.last(personId), null, soon());
    const lost = sequences[index] ?? 0;
    await raw.lose(lost);
    const error = await assertRejects(() => raw.tail(personId), UnreadableHistory);
    assertEquals([error.personId, error.streamSequence, error.message], [
      personId,
      lost,
      `History of person "${personId}" is incomplete at ${lost}`,
    ]);
    // What came after it is still there.
    const after = events?.[index + 1];
    if (after === events?.at(-1)) continue;
    assertEquals(await raw.tail(personId, positionOf(after)), sequences.slice(index + 2));
  }
});

test("given an event without Previous-Sequence that is missing, when read, then the history is incomplete", async (raw) => {
  for (const [count, index] of [[5, 2], [5, 0], [100, 50]] as const) {
    const personId = crypto.randomUUID();
    const sequences = await raw.history(personId, count, { head: null });
    await raw.lose(sequences[index] ?? 0);
    const error = await assertRejects(() => raw.tail(personId), UnreadableHistory, "is incomplete");
    assertEquals(error.streamSequence, sequences.at(-1));
  }
});

test("given a link that leads astray, when followed, then the history is incomplete", async (raw) => {
  const others = await raw.history(OTHER_ID, 3);
  for (const count of [3, 40]) {
    const astray = [others[1] ?? 0, 0, 1_000_000];
    for (const previous of astray) {
      const personId = crypto.randomUUID();
      const sequences = await raw.history(personId, count);
      const link = { "Previous-Sequence": String(previous) };
      const last = await raw.publish(personId, bodyOf(personId, count + 1), link);
      const error = await assertRejects(() => raw.tail(personId), UnreadableHistory, "incomplete");
      assertEquals([last, previous].includes(error.streamSequence), true);
      const skipping = { "Previous-Sequence": String(sequences.at(-2)) };
      await raw.publish(personId, bodyOf(personId, count + 1), skipping);
      await assertRejects(() => raw.tail(personId), UnreadableHistory, "incomplete");
    }
  }
});

test("given a first event that is linked to another one, when read, then the history is incomplete", async (raw) => {
  for (const count of [3, 100]) {
    const personId = crypto.randomUUID();
    const [elsewhere = 0] = await raw.history(OTHER_ID, 1);
    await raw.history(personId, count, { head: elsewhere });
    await assertRejects(() => raw.tail(personId), UnreadableHistory, "is incomplete");
  }
});

test("given an event that can't be read, when read over it, then it is named", async (raw) => {
  for (const count of [5, 100]) {
    const personId = crypto.randomUUID();
    const [, , head = 0] = await raw.history(personId, 3);
    const link = { "Previous-Sequence": String(head) };
    const broken = await raw.publish(personId, { schema_version: 2 }, link);
    await raw.history(personId, count, { first: 5, head: broken });
    const error = await assertRejects(() => raw.tail(personId), UnreadableHistory);
    assertEquals([error.streamSequence, error.message], [
      broken,
      `Event at ${broken} of person "${personId}" can't be read`,
    ]);
  }
});

test("given an event whose headers can't be read, when read in any way, then it is named", async (raw) => {
  const personId = crypto.randomUUID();
  const [first = 0] = await raw.history(personId, 1);
  const subject = `person.events.${personId}.updated`;
  const body = JSON.stringify(bodyOf(personId, 2));
  await publishRaw(raw.server.url, subject, "", "Bad Key: x\r\n", body);
  const broken = first + 1;
  const deadline = soon();
  assertEquals(await raw.reader.readHead(personId, deadline), broken);
  for (
    const read of [
      () => raw.reader.readLast(personId, deadline),
      () => raw.reader.readAt(personId, broken, deadline),
      () => raw.reader.readFrom(personId, { sequence: broken }, deadline),
    ]
  ) {
    const error = await assertRejects(read, UnreadableHistory);
    assertEquals(error.streamSequence, broken);
  }
  const link = { "Previous-Sequence": String(broken) };
  await raw.publish(personId, bodyOf(personId, 3), link);
  const error = await assertRejects(() => raw.tail(personId), UnreadableHistory);
  assertEquals(error.streamSequence, broken);
});

test("given a server that stops amid a batch, when read, then it ends at the deadline, and later all is read", async (raw) => {
  const sequences = await raw.history(ID, 400, { padding: 200_000 });
  const last = await raw.last(ID);
  const before = raw.nc.stats().inBytes;
  const reading = raw.reader.readTail(last, null, performance.now() + 2_500);
  const startedMs = performance.now();
  await until("the first events come", () => raw.nc.stats().inBytes > before + 200_000);
  raw.server.freeze();
  await assertRejects(() => reading, StoreUnavailable, "gave no answer in time");
  assertEquals(performance.now() - startedMs < 10_000, true);
  raw.server.thaw();
  const tail = await raw.reader.readTail(last, null, performance.now() + 20_000);
  assertEquals(tail?.map(({ streamSequence }) => streamSequence), sequences);
});

function test(sentence: string, run: (raw: RawHistories) => Promise<void>): void {
  Deno.test(`HistoryReader: ${sentence}`, async () => {
    await using raw = await RawHistories.open();
    await run(raw);
  });
}
