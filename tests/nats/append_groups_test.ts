import { assertEquals } from "@std/assert";
import type { AppendResult } from "../../src/application/ports.ts";
import { AppendGroups } from "../../src/nats/append_groups.ts";
import { AppendPace } from "../../src/nats/append_pace.ts";
import { appendRequest } from "../../src/nats/append_request.ts";
import { Link } from "../../src/nats/link.ts";
import { subjectsOf } from "../../src/nats/subjects.ts";
import {
  history,
  newPersonId,
  renamed,
  several,
  soon,
  testEventStore,
} from "../contract/event_store_contract.ts";
import {
  type OpenedEventStore,
  openEventStore,
  systemClock,
  togetherFromTheStart,
} from "../support/event_store_fixture.ts";
import { assertWhole } from "../support/histories.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { readEvents } from "../support/stream_messages.ts";
import { until } from "../support/until.ts";

testEventStore("JetStreamEventStore in batches", async () => {
  const owned = new AsyncDisposableStack();
  const server = owned.use(await TestNatsServer.start());
  const { store } = owned.use(await openEventStore(server.url, {}, togetherFromTheStart()));
  return { store, [Symbol.asyncDispose]: () => owned.disposeAsync() };
});

test("given many appends at a time, when stored, then they share batches, each with its person's expectation", async (opened) => {
  const ids = Array.from({ length: 1_200 }, newPersonId);
  await appendFirst(opened, ids);
  const events = await readEvents(opened.nc);
  assertWhole(events);
  assertEquals(events.map(({ envelope }) => envelope.aggregate_id).sort(), ids.toSorted());
  for (const { headers, envelope } of events) {
    assertEquals(headers["Nats-Msg-Id"], `${envelope.aggregate_id}/first`);
    assertEquals(headers["Nats-Expected-Last-Subject-Sequence"], "0");
    assertEquals(
      headers["Nats-Expected-Last-Subject-Sequence-Subject"],
      `person.events.${envelope.aggregate_id}.>`,
    );
  }
  const sizes = Map.groupBy(events, ({ headers }) => headers["Nats-Batch-Id"] ?? "none");
  assertEquals(sizes.get("none"), undefined);
  assertEquals(sizes.size <= 6, true, `${sizes.size} batches`);
  assertEquals([...sizes.values()].every(({ length }) => length <= 512), true);
});

test("given large events, when stored, then no batch grows beyond 4 MiB", async (opened) => {
  const ids = Array.from({ length: 12 }, newPersonId);
  const results = await Promise.all(ids.map((id) => {
    const append = renamed(id, 1, 0, "first");
    Object.assign(append[0].envelope.event.data, { padding: "x".repeat(500_000) });
    return opened.store.append(append, soon());
  }));
  assertEquals(results.map(({ outcome }) => outcome), ids.map(() => "stored"));
  const batches = Map.groupBy(
    await readEvents(opened.nc),
    ({ headers }) => headers["Nats-Batch-Id"],
  );
  assertEquals([...batches.values()].every(({ length }) => length <= 8), true);
});

test("given a stale append among others, when stored together, then it is a conflict and the others are stored", async (opened) => {
  const stale = newPersonId();
  const [head = 0] = await history(opened.store, stale, 2);
  const ids = Array.from({ length: 50 }, newPersonId);
  const [conflict] = await Promise.all([
    opened.store.append(renamed(stale, 2, head, "late"), soon()),
    appendFirst(opened, ids),
  ]);
  assertEquals(conflict.outcome, "conflict");
  // It must not spoil the next batch, too.
  const last = (await opened.store.readLast(stale, soon()))?.streamSequence ?? 0;
  const [again] = await Promise.all([
    opened.store.append(renamed(stale, 3, last, "again"), soon()),
    appendFirst(opened, Array.from({ length: 50 }, newPersonId)),
  ]);
  assertEquals(again.outcome, "stored");
  const events = await readEvents(opened.nc);
  assertWhole(events);
  assertEquals(events.length, 103);
  const alone = events.find(({ envelope }) => envelope.causation_id === "again");
  assertEquals(alone?.headers["Nats-Batch-Id"], undefined);
});

test("given a command id stored before among others, when stored together, then it is answered with its event", async (opened) => {
  const personId = newPersonId();
  const [first, second = 0] = await history(opened.store, personId, 2);
  const ids = Array.from({ length: 50 }, newPersonId);
  const [duplicate] = await Promise.all([
    opened.store.append(renamed(personId, 3, second, "c-1"), soon()),
    appendFirst(opened, ids),
  ]);
  assertEquals(outcomeOf(duplicate), ["duplicate", first]);
  const events = await readEvents(opened.nc);
  assertWhole(events);
  assertEquals(events.length, 52);
});

test("given several commands of persons, when stored together, then each history is a list from event to event", async (opened) => {
  const ids = Array.from({ length: 40 }, newPersonId);
  for (const [version, count] of [[1, 3], [4, 1], [5, 10]] as const) {
    const results = await Promise.all(ids.map(async (id) => {
      const head = (await opened.store.readLast(id, soon()))?.streamSequence ?? 0;
      return await opened.store.append(several(id, version, head, count), soon());
    }));
    assertEquals(results.map(({ outcome }) => outcome), ids.map(() => "stored"));
  }
  assertWhole(await readEvents(opened.nc));
  for (const id of ids) {
    const last = await opened.store.readLast(id, soon());
    const tail = last && await opened.store.readTail(last, null, soon());
    assertEquals(
      tail?.map(({ envelope }) => envelope.causation_id),
      Array.from({ length: 14 }, (_, index) => `c-${index + 1}`),
    );
  }
});

Deno.test("Append in batches: given several commands for each of many persons, when appends of one go alone, then these share batches all the same", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const ids = Array.from({ length: 300 }, newPersonId);
  const results = await Promise.all(
    ids.map((id) => opened.store.append(several(id, 1, 0, 10), soon())),
  );
  assertEquals(results.map(({ outcome }) => outcome), ids.map(() => "stored"));
  const events = await readEvents(opened.nc);
  assertWhole(events);
  const batches = Map.groupBy(events, ({ headers }) => headers["Nats-Batch-Id"] ?? "none");
  assertEquals(batches.get("none"), undefined);
  assertEquals(batches.size <= 10, true, `${batches.size} batches`);
});

test(
  "given two writers in batches, when both append to the same persons, then one of them stores and the other conflicts",
  async (opened, url) => {
    await using other = await openEventStore(url, {}, togetherFromTheStart());
    const ids = Array.from({ length: 100 }, newPersonId);
    const results = await Promise.all(ids.map((id) =>
      Promise.all([
        opened.store.append(several(id, 1, 0, 2), soon()),
        other.store.append(renamed(id, 1, 0, "other"), soon()),
      ])
    ));
    for (const pair of results) {
      assertEquals(pair.map(({ outcome }) => outcome).sort(), ["conflict", "stored"]);
    }
    assertWhole(await readEvents(opened.nc));
  },
);

Deno.test("Append in batches: given batches that this login may not store, when it may later, then their persons share batches again", async () => {
  const user =
    `{ user: "u", password: "p", permissions: { publish: { deny: "person.events.>" } } }`;
  await using server = await TestNatsServer.start({
    config: `authorization { users: [${user}] }, no_auth_user: "u"`,
  });
  await using opened = await openEventStore(server.url, {}, togetherFromTheStart());
  const ids = Array.from({ length: 20 }, newPersonId);
  const append = (id: string) => opened.store.append(renamed(id, 1, 0, "first"), soon());
  for (const result of await Promise.allSettled(ids.map(append))) {
    assertEquals(result.status, "rejected");
  }
  await server.restart("");
  await until("the connection is back", () => opened.nc.rtt());
  await appendFirst(opened, ids);
  const events = await readEvents(opened.nc);
  const alone = events.filter(({ headers }) => headers["Nats-Batch-Id"] === undefined);
  assertEquals([events.length, alone.length], [20, 0]);
});

test("given a deadline that passed just now, when tried, then it is tried for a moment more", async ({ nc }) => {
  const link = new Link(nc);
  const groups = new AppendGroups({ nc, link, clock: systemClock, pace: new AppendPace() });
  const append = renamed(newPersonId(), 1, 0, "late");
  const request = appendRequest("PERSON_EVENTS", subjectsOf("person"), append);
  const { kind } = await groups.try(request, systemClock.monotonicMs() - 1);
  // Which of the two is chance; it must not be a failure.
  assertEquals(["stored", "no answer"].includes(kind), true, kind);
});

function test(
  sentence: string,
  run: (opened: OpenedEventStore, url: string) => Promise<void>,
): void {
  Deno.test(`Append in batches: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    await using opened = await openEventStore(server.url, {}, togetherFromTheStart());
    await run(opened, server.url);
  });
}

/** Stores each person's first event. */
async function appendFirst({ store }: OpenedEventStore, ids: string[]): Promise<void> {
  const results = await Promise.all(
    ids.map((id) => store.append(renamed(id, 1, 0, "first"), soon())),
  );
  assertEquals(results.map(({ outcome }) => outcome), ids.map(() => "stored"));
}

function outcomeOf(result: AppendResult): unknown[] {
  return [result.outcome, "event" in result ? result.event.streamSequence : undefined];
}
