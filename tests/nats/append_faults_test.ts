import { assertEquals, assertRejects } from "@std/assert";
import { setTimeout as delay } from "node:timers/promises";
import type { EventStore } from "../../src/application/ports.ts";
import { newPersonId, renamed } from "../contract/event_store_contract.ts";
import { createPerson } from "../support/command_client.ts";
import {
  type OpenedEventStore,
  openEventStore,
  togetherFromTheStart,
} from "../support/event_store_fixture.ts";
import { merge } from "../support/every_command.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { StoreUnavailable } from "../../src/application/failures.ts";
import { readEvents } from "../support/stream_messages.ts";
import { TestApplication } from "../support/test_application.ts";

/** Long enough for every fault below to pass. */
const PATIENCE_MS = 20_000;

test("given a server that stops for a while, when appended, then each event is stored once", async ({ server, opened }) => {
  const ids = Array.from({ length: 50 }, newPersonId);
  server.freeze();
  const appending = appendFirst(opened.store, ids);
  await delay(2_500);
  server.thaw();
  await assertAllStoredOnce(opened, ids, await Promise.all(appending));
});

test("given a connection that is cut, when appended, then each event is stored once", async ({ opened }) => {
  const ids = Array.from({ length: 300 }, newPersonId);
  const appending = appendFirst(opened.store, ids);
  await Promise.race(appending);
  await opened.nc.reconnect();
  await assertAllStoredOnce(opened, ids, await Promise.all(appending));
});

test("given a server that crashes and comes back, when appended, then each event is stored once", async ({ server, opened }) => {
  const ids = Array.from({ length: 300 }, newPersonId);
  const appending = appendFirst(opened.store, ids);
  await Promise.race(appending);
  await server.kill();
  await server.restart();
  await assertAllStoredOnce(opened, ids, await Promise.all(appending));
});

test("given a server that does not answer, when appended, then what is told not to be stored is not stored", async ({ server, opened }) => {
  const ids = Array.from({ length: 50 }, newPersonId);
  server.freeze();
  const outcomes = await Promise.all(ids.map((id) => failureOf(opened.store, id)));
  assertEquals(outcomes.includes("unknown"), true);
  server.thaw();
  // The server takes what was sent in order: when this is stored, all else is that ever will be.
  await Promise.all(appendFirst(opened.store, [newPersonId()]));
  const stored = (await readEvents(opened.nc)).map(({ envelope }) => envelope.aggregate_id);
  assertEquals(ids.filter((id, n) => outcomes[n] === "not stored" && stored.includes(id)), []);
  // And the same append again finds what is stored, and stores the rest.
  await Promise.all(appendFirst(opened.store, ids));
  assertEquals((await readEvents(opened.nc)).length, 51);
});

test("given a server that stops for a while, when persons are merged, then both events are stored once", async ({ server, opened }) => {
  const service = new TestApplication(opened.store);
  const [source, target] = [newPersonId(), newPersonId()];
  for (const id of [source, target]) await service.accept(createPerson(id));
  server.freeze();
  const merging = service.handle(
    merge(source, target),
    { commandId: "merge" },
    performance.now() + PATIENCE_MS,
  );
  await delay(2_500);
  server.thaw();
  const outcome = { version: 2, eventsGenerated: 2, streamSequence: 4 };
  assertEquals(await merging, { accepted: outcome });
  assertEquals((await readEvents(opened.nc)).length, 4);
  const other = new TestApplication(opened.store);
  assertEquals(await other.accept(merge(source, target), { commandId: "merge" }), outcome);
});

type Surroundings = { server: TestNatsServer; opened: OpenedEventStore };

/** For appends that travel alone, and for such that share batches. */
function test(sentence: string, run: (surroundings: Surroundings) => Promise<void>): void {
  Deno.test(`Append: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    await using opened = await openEventStore(server.url);
    await run({ server, opened });
  });
  Deno.test(`Append in batches: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    await using opened = await openEventStore(server.url, {}, togetherFromTheStart());
    await run({ server, opened });
  });
}

/** What is told of an append that gets no answer. */
async function failureOf(store: EventStore, id: string): Promise<string> {
  const appending = store.append(renamed(id, 1, 0, "first"), performance.now() + 2_500);
  return (await assertRejects(() => appending, StoreUnavailable)).outcome;
}

/** Stores each person's first event, all at once; resolves to what became of each. */
function appendFirst(store: EventStore, ids: string[]): Promise<string>[] {
  return ids.map(async (id) => {
    const deadline = performance.now() + PATIENCE_MS;
    const result = await store.append(renamed(id, 1, 0, "first"), deadline);
    return result.outcome;
  });
}

/** Also where a try was stored without an answer, and the next one met its event. */
async function assertAllStoredOnce(
  { nc }: OpenedEventStore,
  ids: string[],
  outcomes: string[],
): Promise<void> {
  assertEquals(outcomes, ids.map(() => "stored"));
  const stored = (await readEvents(nc)).map(({ envelope }) => envelope.aggregate_id);
  assertEquals(stored.sort(), ids.toSorted());
}
