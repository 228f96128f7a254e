import { gunzipSync, gzipSync } from "node:zlib";
import { assertEquals } from "@std/assert";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import { z } from "zod";
import { type CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

const BUCKET = "PERSON_EVENTS_SNAPSHOTS";
/** Every person has one snapshot, at version 10, and two events after it. */
const SETTINGS = { SNAPSHOT_FREQ: "10" };

const Snapshot = z.looseObject({
  snapshot_version: z.number(),
  version: z.number(),
  stream_sequence: z.number(),
  state: z.looseObject({}),
});
type Snapshot = z.infer<typeof Snapshot>;

/** Whoever believes it refuses to change the name. */
function forged({ state, ...snapshot }: Snapshot): Snapshot {
  const lifecycle = { Deactivated: { reason: "forged", since: "2024-01-01T00:00:00Z" } };
  return { ...snapshot, state: { ...state, lifecycle } };
}

const zipped = (snapshot: unknown) => gzipSync(JSON.stringify(snapshot));

/** Snapshots that must not be believed, made from one that would be. */
const UNBELIEVABLE: Record<string, (forged: Snapshot) => Uint8Array> = {
  "is empty": () => new Uint8Array(),
  "is no gzip": () => new TextEncoder().encode("garbage"),
  "is cut off": (snapshot) => zipped(snapshot).subarray(0, -20),
  "is no JSON": () => gzipSync("garbage"),
  "is null": () => zipped(null),
  "inflates to more than 4 MiB": (snapshot) =>
    zipped({ ...snapshot, padding: " ".repeat(4 * 1024 * 1024) }),
  "lacks the state": (snapshot) => zipped({ ...snapshot, state: null }),
  "is of a lower version": (snapshot) => zipped({ ...snapshot, snapshot_version: 0 }),
  "is of another person": (snapshot) => zipped({ ...snapshot, aggregate_id: crypto.randomUUID() }),
  "is of another stream": (snapshot) =>
    zipped({ ...snapshot, stream_created: "2020-01-01T00:00:00Z" }),
  "is of an event with another hash": (snapshot) =>
    zipped({ ...snapshot, event_hash: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU" }),
  "is of another version than the event at its sequence": ({ state, ...snapshot }) =>
    zipped({ ...snapshot, version: 9, state: { ...state, version: 9 } }),
  "is ahead of the stream": (snapshot) => zipped({ ...snapshot, stream_sequence: 1_000_000 }),
};

Deno.test("a snapshot that can't be believed is ignored, the answer is right, and the next one replaces it", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const personIds = Object.keys(UNBELIEVABLE).map(() => crypto.randomUUID());
  await withSnapshots(system, personIds);
  const bucket = await openBucket(client);
  for (const [index, forge] of Object.values(UNBELIEVABLE).entries()) {
    const personId = personIds[index] ?? "";
    await bucket.put(personId, forge(forged(await readSnapshot(bucket, personId))));
  }
  await system.startService(SETTINGS);
  for (const [index, what] of Object.keys(UNBELIEVABLE).entries()) {
    const personId = personIds[index] ?? "";
    const { version, error } = await client.send(updateName(personId, "Grace"));
    assertEquals(version ?? error, 13, what);
    for (let next = 14; next <= 20; next++) await client.send(updateName(personId, `${next}`));
    const replaced = await until(`a new snapshot replaces one that ${what}`, async () => {
      const snapshot = await readSnapshot(bucket, personId);
      return snapshot.version === 20 && snapshot;
    });
    assertEquals(replaced.state.lifecycle, "Active", what);
  }
});

Deno.test("a snapshot that differs in nothing that can be checked is believed", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const personId = crypto.randomUUID();
  await withSnapshots(system, [personId]);
  const bucket = await openBucket(client);
  await bucket.put(personId, zipped(forged(await readSnapshot(bucket, personId))));
  await system.startService(SETTINGS);
  const { error } = await client.send(updateName(personId, "Grace"));
  assertEquals(error?.code, "InvalidStateTransition");
});

Deno.test("a snapshot of a newer version is ignored and left alone", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const personId = crypto.randomUUID();
  await withSnapshots(system, [personId]);
  const bucket = await openBucket(client);
  const snapshot = forged(await readSnapshot(bucket, personId));
  const revision = await bucket.put(personId, zipped({ ...snapshot, snapshot_version: 99 }));
  const service = await system.startService(SETTINGS);
  for (let version = 13; version <= 21; version++) {
    const { version: reached, error } = await client.send(updateName(personId, "Grace"));
    assertEquals(reached ?? error, version);
  }
  // Stopping, it would have written what waits.
  assertEquals((await service.stop()).code, 0);
  assertEquals((await bucket.get(personId))?.revision, revision);
});

Deno.test("a snapshot of the last event, but of another version, is ignored", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const personId = crypto.randomUUID();
  const service = await system.startService({ SNAPSHOT_FREQ: "1" });
  await client.send(createPerson(personId));
  assertEquals((await client.send(updateName(personId, "Grace"))).version, 2);
  assertEquals((await service.stop()).code, 0);
  const bucket = await openBucket(client);
  const { state, ...snapshot } = await readSnapshot(bucket, personId);
  await bucket.put(personId, zipped({ ...snapshot, version: 7, state: { ...state, version: 7 } }));
  await system.startService();
  assertEquals((await client.send(updateName(personId, "Jean"))).version, 3);
});

Deno.test("without the bucket, deleted before the start or while serving, the answers are right", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
  await withSnapshots(system, [first, second]);
  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.delete(`KV_${BUCKET}`);
  await system.startService(SETTINGS);
  assertEquals((await client.send(updateName(first, "Grace"))).version, 13);
  await jsm.streams.delete(`KV_${BUCKET}`);
  assertEquals((await client.send(updateName(second, "Grace"))).version, 13);
  for (let version = 14; version <= 21; version++) {
    assertEquals((await client.send(updateName(second, "Grace"))).version, version);
  }
});

/** Lets an instance that is stopped again bring the persons to version 12 and their snapshots to 10. */
async function withSnapshots(system: TestSystem, personIds: string[]): Promise<void> {
  const service = await system.startService(SETTINGS);
  await Promise.all(personIds.map(async (personId) => {
    await system.client.send(createPerson(personId));
    for (let version = 2; version <= 12; version++) {
      const { version: reached } = await system.client.send(updateName(personId, `${version}`));
      assertEquals(reached, version);
    }
  }));
  assertEquals((await service.stop()).code, 0);
}

function openBucket({ nc }: CommandClient): Promise<KV> {
  return new Kvm(jetstream(nc)).open(BUCKET);
}

async function readSnapshot(bucket: KV, personId: string): Promise<Snapshot> {
  const entry = await bucket.get(personId);
  return Snapshot.parse(JSON.parse(gunzipSync(entry?.value ?? new Uint8Array()).toString()));
}
