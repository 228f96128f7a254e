import { assertEquals, assertRejects } from "@std/assert";
import { UnreadableHistory } from "../../src/application/failures.ts";
import { publishRaw } from "../support/publish_raw.ts";
import { bodyOf, positionOf, RawHistories, soon } from "../support/raw_history.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";

test("given a gap, when read from a time before it, then the history is incomplete", async (raw) => {
  const sequences = await raw.history(ID, 5);
  await raw.lose(sequences[2] ?? 0);
  await assertRejects(
    () => raw.reader.readFrom(ID, { time: "2000-01-01T00:00:00Z" }, soon()),
    UnreadableHistory,
  );
});

test("given an event that is missing, when read over it, then the history is incomplete there", async (raw) => {
  const cases = [[5, 2], [5, 0], [100, 50], [100, 0], [100, 98]] as const;
  // All at once: each takes the time for which the leader is not believed.
  await Promise.all(cases.map(async ([count, index]) => {
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
    if (after === events?.at(-1)) return;
    assertEquals(await raw.tail(personId, positionOf(after)), sequences.slice(index + 2));
  }));
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

function test(sentence: string, run: (raw: RawHistories) => Promise<void>): void {
  Deno.test(`Damaged history: ${sentence}`, async () => {
    await using raw = await RawHistories.open();
    await run(raw);
  });
}
