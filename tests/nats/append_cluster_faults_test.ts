import { assertEquals } from "@std/assert";
import { newPersonId, several } from "../contract/event_store_contract.ts";
import {
  type OpenedEventStore,
  openEventStore,
  togetherFromTheStart,
} from "../support/event_store_fixture.ts";
import { assertWhole } from "../support/histories.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { readEvents } from "../support/stream_messages.ts";
import { until } from "../support/until.ts";

const STREAM = "PERSON_EVENTS";
/** A leader change takes up to 8 s, and the machine may be slow. */
const PATIENCE_MS = 60_000;

test("given followers that stop amid batches, when they go on, then each command is stored once", async (cluster) => {
  const followers = await cluster.followersOf(STREAM);
  for (const { server } of followers) server.freeze();
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    for (const { server } of followers) server.thaw();
  };
});

test("given a leader that stops amid batches, when another one leads, then each command is stored once", async (cluster) => {
  const { server } = await cluster.leaderOf(STREAM);
  server.freeze();
  return async () => {
    await until(
      "another node leads",
      async () => (await cluster.leaderOf(STREAM)).server !== server,
    );
    server.thaw();
  };
});

test("given a leader that crashes amid batches, when another one leads, then each command is stored once", async (cluster) => {
  const { server } = await cluster.leaderOf(STREAM);
  return async () => {
    await server.kill();
    await until(
      "another node leads",
      async () => (await cluster.leaderOf(STREAM)).server !== server,
    );
    await server.restart();
  };
});

/**
 * Appends two commands of each of many persons at a time, in batches, while the fault comes and goes. `fault` begins it
 * and gives what ends it.
 */
function test(
  sentence: string,
  fault: (cluster: TestNatsCluster) => Promise<() => Promise<void>>,
): void {
  Deno.test(`Append in batches on three replicas: ${sentence}`, async () => {
    await using cluster = await TestNatsCluster.start();
    const settings = { streamReplicas: 3 };
    await using opened = await openEventStore(cluster.urls, settings, togetherFromTheStart());
    const before = Array.from({ length: 100 }, newPersonId);
    assertEquals(new Set(await appendTwo(opened, before)), new Set(["stored"]));
    const end = await fault(cluster);
    const ids = Array.from({ length: 300 }, newPersonId);
    const appending = appendTwo(opened, ids);
    await end();
    assertEquals(new Set(await appending), new Set(["stored"]));
    const events = await readEvents(opened.nc);
    assertWhole(events);
    assertEquals(events.length, 2 * (before.length + ids.length));
  });
}

/** Resolves to what became of each append. */
function appendTwo({ store }: OpenedEventStore, ids: string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => {
    const result = await store.append(several(id, 1, 0, 2), performance.now() + PATIENCE_MS);
    return result.outcome;
  }));
}
