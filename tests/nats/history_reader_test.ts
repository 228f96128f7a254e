import { assertEquals, assertRejects } from "@std/assert";
import { NatsConnectionImpl } from "@nats-io/transport-node";
import { assertThat } from "../support/assert_that.ts";
import { positionOf, RawHistories, soon } from "../support/raw_history.ts";
import { until } from "../support/until.ts";
import { StoreUnavailable } from "../../src/application/failures.ts";

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
