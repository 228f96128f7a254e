import { assertEquals, assertRejects } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import type { EventStore } from "../../src/application/ports.ts";
import { newPersonId, renamed, soon } from "../contract/event_store_contract.ts";
import { assertThat } from "../support/assert_that.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { type OpenedEventStore, openEventStore } from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { readEvents } from "../support/stream_messages.ts";
import { TestApplication } from "../support/test_application.ts";
import { StoreUnavailable } from "../../src/application/failures.ts";

test("given a server that is away, when appended, then nothing was sent and that is told at the deadline", async ({ server, opened }) => {
  const disconnected = nextStatus(opened, "disconnect");
  await server.stop();
  await disconnected;
  for (const attempt of attemptsOn(opened.store, 700)) {
    const startedMs = performance.now();
    const failure = await assertRejects(() => attempt(), StoreUnavailable);
    assertEquals(failure.outcome, "not stored");
    assertBetween(performance.now() - startedMs, 600, 8_000);
  }
  await server.restart();
  await store(opened);
  assertEquals((await readEvents(opened.nc)).length, 1);
});

test("given a server that does not answer, when appended, then the outcome is unknown, and may be either", async ({ server, opened }) => {
  const personId = newPersonId();
  server.freeze();
  const startedMs = performance.now();
  const failure = await assertRejects(
    () => opened.store.append(renamed(personId, 1, 0, "c"), startedMs + 1_500),
    StoreUnavailable,
  );
  assertEquals(failure.outcome, "unknown");
  assertBetween(performance.now() - startedMs, 1_400, 8_000);
  const read = await assertRejects(
    () => opened.store.readLast(personId, performance.now() + 500),
    StoreUnavailable,
  );
  assertEquals(read.outcome, "not stored");
  server.thaw();
  // The same append again, as a caller does who was told so: what was stored meanwhile is found.
  const result = await opened.store.append(renamed(personId, 1, 0, "c"), soon());
  assertEquals(["stored", "conflict"].includes(result.outcome), true);
  assertEquals((await readEvents(opened.nc)).length, 1);
});

test("given a stream that is gone, when appended, then nothing is stored", async ({ opened }) => {
  const jsm = await jetstreamManager(opened.nc);
  await jsm.streams.delete(opened.streamName);
  for (const attempt of attemptsOn(opened.store, 600)) {
    const failure = await assertRejects(() => attempt(), StoreUnavailable);
    assertEquals(failure.outcome, "not stored");
  }
});

test("given a server that lost JetStream, when appended, then nothing is stored, and later it is", async ({ server, opened }) => {
  await server.restart("jetstream: false");
  for (const attempt of attemptsOn(opened.store, 3_000)) {
    const failure = await assertRejects(() => attempt(), StoreUnavailable);
    assertEquals(failure.outcome, "not stored");
  }
  // Whoever answers in JetStream's place has stored nothing.
  const others = opened.nc.subscribe("person.events.>", {
    callback: (_, message) => {
      message.respond('{"stream": "PERSON_EVENTS"}');
    },
  });
  const failure = await assertRejects(
    () => opened.store.append(renamed(newPersonId(), 1, 0, "c"), performance.now() + 500),
    StoreUnavailable,
  );
  assertEquals(failure.outcome, "unknown");
  others.unsubscribe();
  await server.restart("");
  await store(opened);
});

test("given a stream without room, when appended, then nothing is stored, and that is told at once", async ({ opened }) => {
  const jsm = await jetstreamManager(opened.nc);
  const service = new TestApplication(opened.store);
  const personId = newPersonId();
  await service.accept(createPerson(personId));
  await jsm.streams.update(opened.streamName, { max_bytes: 2_000 });
  const startedMs = performance.now();
  let stored = 1;
  const failure = await assertRejects(
    async () => {
      for (;; stored++) await service.accept(updateName(personId, `Ada ${stored}`));
    },
    StoreUnavailable,
    "no room",
  );
  assertEquals(failure.outcome, "not stored");
  assertBetween(performance.now() - startedMs, 0, 5_000);
  assertEquals((await readEvents(opened.nc)).length, stored);
  await jsm.streams.update(opened.streamName, { max_bytes: -1 });
  assertEquals((await service.accept(updateName(personId, "Grace"))).version, stored + 1);
});

test("given another stream in the place of ours, when appended, then it is a defect and nothing is stored", async ({ opened }) => {
  const jsm = await jetstreamManager(opened.nc);
  const { config } = await jsm.streams.info(opened.streamName);
  await jsm.streams.delete(opened.streamName);
  await jsm.streams.add({ ...config, name: "OTHER" });
  const error = await assertRejects(() =>
    opened.store.append(renamed(newPersonId(), 1, 0, "c"), soon())
  );
  assertThat(error instanceof Error && !(error instanceof StoreUnavailable));
  assertEquals(error.message.includes("10060"), true, error.message);
  assertEquals(await readEvents(opened.nc, "OTHER"), []);
});

type Surroundings = { server: TestNatsServer; opened: OpenedEventStore };

function test(sentence: string, run: (surroundings: Surroundings) => Promise<void>): void {
  Deno.test(`Append: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    await using opened = await openEventStore(server.url);
    await run({ server, opened });
  });
}

/** An append and a read, each with so much time. */
function attemptsOn(store: EventStore, timeoutMs: number): (() => Promise<unknown>)[] {
  return [
    () => store.append(renamed(newPersonId(), 1, 0, "c"), performance.now() + timeoutMs),
    () => store.readLast(newPersonId(), performance.now() + timeoutMs),
  ];
}

async function store({ store }: OpenedEventStore): Promise<void> {
  const result = await store.append(renamed(newPersonId(), 1, 0, "c"), soon());
  assertEquals(result.outcome, "stored");
}

async function nextStatus({ nc }: OpenedEventStore, type: string): Promise<void> {
  for await (const status of nc.status()) if (status.type === type) return;
}

function assertBetween(ms: number, least: number, most: number): void {
  assertEquals(ms >= least && ms <= most, true, `${ms} ms, in place of ${least} to ${most}`);
}
