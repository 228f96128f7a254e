import { assertEquals, assertRejects } from "@std/assert";
import { UnreadableHistory } from "../../src/application/failures.ts";
import type { StoredEvent } from "../../src/application/ports.ts";
import { HistoryReader } from "../../src/nats/history_reader.ts";
import { Link } from "../../src/nats/link.ts";
import { subjectsOf } from "../../src/nats/subjects.ts";
import { systemClock } from "../support/event_store_fixture.ts";
import { watchLeader } from "../support/leader_requests.ts";
import { RawHistories, soon } from "../support/raw_history.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";

// A server that takes itself for the leader and is behind can't be had at will: here the stream itself is behind, until
// the leader was asked twice.

test("given a leader that tells of less than is known, when it catches up, then that is what is read", async (raw) => {
  const { reader } = raw;
  const [first = 0] = await raw.history(ID, 1);
  const reads: ((known: number) => Promise<StoredEvent | null | undefined>)[] = [
    (known) => reader.readLast(ID, soon(), known),
    (known) => reader.readAt(ID, known, soon()),
    async (known) => (await reader.readFrom(ID, { sequence: known }, soon(), known))[0],
    async (known) => (await reader.readFrom(ID, { sequence: 1 }, soon(), known)).at(-1),
  ];
  for (const [index, read] of reads.entries()) {
    const known = first + index + 1;
    const asked = await watchLeader(raw.nc, raw.streamName);
    const reading = read(known);
    await asked.reach(2);
    await raw.history(ID, 1, { first: index + 2, head: known - 1 });
    assertEquals((await reading)?.streamSequence, known, `read ${index}`);
  }
});

test("given a leader that tells of less than is known, when it goes on, then it is believed before the deadline", async (raw) => {
  const [first = 0] = await raw.history(ID, 1);
  const asked = await watchLeader(raw.nc, raw.streamName);
  const shortly = () => performance.now() + 1_000;
  assertEquals(await raw.reader.readHead(ID, shortly(), first + 1), first);
  await assertRejects(() => raw.reader.readAt(ID, first + 1, shortly()), UnreadableHistory);
  assertEquals(asked.count > 2, true);
});

test("given a leader that is silent for long, when it tells of less than is known then, then it is asked again all the same", async (raw) => {
  const [first = 0] = await raw.history(ID, 1);
  const asked = await watchLeader(raw.nc, raw.streamName);
  let passedMs = 0;
  const clock = { ...systemClock, monotonicMs: () => performance.now() + passedMs };
  const { jsm, streamName } = raw;
  const subjects = subjectsOf("person");
  const link = new Link(raw.nc);
  const reader = new HistoryReader({ jsm, streamName, subjects, link, clock });
  raw.server.freeze();
  const reading = reader.readHead(ID, performance.now() + 10_000, first + 1);
  passedMs = 3_000;
  raw.server.thaw();
  await asked.reach(2);
  await raw.history(ID, 1, { first: 2, head: first });
  assertEquals(await reading, first + 1);
});

test("given a leader that tells of what is known, when it is asked, then once", async (raw) => {
  const [first = 0] = await raw.history(ID, 1);
  const asked = await watchLeader(raw.nc, raw.streamName);
  assertEquals(await raw.reader.readHead(ID, soon(), first), first);
  assertEquals(await raw.reader.readHead("019a5c30-1234-7abc-9def-123456789abd", soon()), 0);
  const since = { time: "2200-01-01T00:00:00Z" };
  assertEquals(await raw.reader.readFrom(ID, since, soon(), first), []);
  await asked.reach(4);
  assertEquals(asked.count, 4);
});

function test(sentence: string, run: (raw: RawHistories) => Promise<void>): void {
  Deno.test(`askLeader: ${sentence}`, async () => {
    await using raw = await RawHistories.open();
    await run(raw);
  });
}
