import { assertEquals, assertRejects } from "@std/assert";
import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import { toSnapshot } from "../../src/application/loaded_person.ts";
import type { Snapshot } from "../../src/application/ports.ts";
import { SNAPSHOT_VERSION } from "../../src/domain/person.ts";
import { bucketInfo, KvSnapshotStore, openSnapshotBucket } from "../../src/nats/snapshot_store.ts";
import { assertThat } from "../support/assert_that.ts";
import { createPerson } from "../support/command_client.ts";
import { attribute, height } from "../support/every_command.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { NOW, TestApplication } from "../support/test_application.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const CREATED = "2026-01-01T00:00:00.123456789Z";

test("given no bucket, when opened, then it is made for the last snapshot of each person", async ({ js }) => {
  const info = await bucketInfo(js, "PERSON_EVENTS_SNAPSHOTS");
  const { max_msgs_per_subject, num_replicas, allow_direct, storage, max_age } = Object(
    info?.config,
  );
  assertEquals([max_msgs_per_subject, num_replicas, allow_direct, storage, max_age], [
    1,
    1,
    true,
    "file",
    0,
  ]);
  assertEquals(await bucketInfo(js, "OTHER"), null);
});

test("given a snapshot, when written, then it is read as it was, by another bucket object too", async ({ store, js }) => {
  const snapshot = await snapshotOf(3);
  assertEquals(await store.read(ID), null);
  await store.write(snapshot);
  assertEquals(await store.read(ID), snapshot);
  const again = new KvSnapshotStore(
    await openSnapshotBucket(js, "PERSON_EVENTS", 1),
    () => CREATED,
  );
  assertEquals(await again.read(ID), snapshot);
});

test("given a snapshot, when written, then its form is that of the design", async ({ store, stored }) => {
  const snapshot = await snapshotOf(2);
  await store.write(snapshot);
  const { state, commands } = snapshot;
  assertEquals(
    JSON.stringify(await stored()),
    JSON.stringify({
      snapshot_version: SNAPSHOT_VERSION,
      aggregate_id: ID,
      version: 2,
      stream_sequence: 2,
      stream_created: CREATED,
      event_hash: snapshot.eventHash,
      state,
      commands: commands.map(({ id, hash, outcome }) => ({
        id,
        hash,
        outcome: {
          version: outcome.version,
          events_generated: 1,
          stream_sequence: outcome.streamSequence,
        },
      })),
      timestamp: NOW,
    }),
  );
});

test("given an older snapshot, when a newer one is written, then it is replaced", async ({ store }) => {
  for (const version of [1, 3]) await store.write(await snapshotOf(version));
  assertEquals((await store.read(ID))?.state.version, 3);
});

test("given a snapshot of a newer format, when read and written, then it is ignored and left", async ({ store, put, stored }) => {
  const newer = { snapshot_version: SNAPSHOT_VERSION + 1, anything: [1] };
  await put(compressed(newer));
  assertEquals(await store.read(ID), null);
  await store.write(await snapshotOf(3));
  assertEquals(await stored(), newer);
});

test("given a snapshot of its own, when one of a newer format has replaced it, then that is left", async ({ store, put, stored }) => {
  await store.write(await snapshotOf(1));
  const newer = { snapshot_version: SNAPSHOT_VERSION + 1, anything: [1] };
  await put(compressed(newer));
  await store.write(await snapshotOf(3));
  assertEquals(await stored(), newer);
});

test("given a snapshot of its own, when it is replaced, then it is not read before", async ({ store, js, nc }) => {
  await store.write(await snapshotOf(1));
  const asked: string[] = [];
  nc.subscribe("$JS.API.DIRECT.GET.>", {
    callback: (_error, { subject }) => void asked.push(subject),
  });
  await nc.flush();
  await store.write(await snapshotOf(2));
  await nc.flush();
  assertEquals(asked, []);
  const other = new KvSnapshotStore(
    await openSnapshotBucket(js, "PERSON_EVENTS", 1),
    () => CREATED,
  );
  await other.write(await snapshotOf(3));
  await nc.flush();
  assertEquals(asked.length, 1);
});

test("given two processes that write in turns, when each replaces what the other wrote, then the last one is read", async ({ store, bucket }) => {
  const other = new KvSnapshotStore(bucket, () => CREATED);
  for (const [writer, version] of [[store, 1], [other, 2], [store, 3], [store, 2]] as const) {
    await writer.write(await snapshotOf(version));
    assertEquals((await store.read(ID))?.state.version, version);
  }
});

test("given a snapshot of an older format, when read and written, then it is ignored and replaced", async ({ store, put }) => {
  const snapshot = await snapshotOf(3);
  for (
    const older of [{ snapshot_version: SNAPSHOT_VERSION - 1 }, { snapshot_version: "2" }, {}, 7]
  ) {
    await put(compressed(older));
    assertEquals(await store.read(ID), null);
    await store.write(snapshot);
    assertEquals(await store.read(ID), snapshot);
  }
});

test("given what is no snapshot, when read, then that fails; when written, then it is replaced", async ({ store, put, stored }) => {
  const snapshot = await snapshotOf(3);
  await store.write(snapshot);
  const whole = Object(await stored());
  const garbage = [
    new Uint8Array(),
    Buffer.from("garbage"),
    gzipSync("garbage"),
    gzipSync(JSON.stringify(whole)).subarray(0, -10),
    gzipSync(Buffer.alloc(8 * 1024 * 1024)),
    compressed({ ...whole, state: null }),
    compressed({ ...whole, commands: "none" }),
    compressed({ ...whole, stream_sequence: "2" }),
  ];
  for (const bytes of garbage) {
    await put(bytes);
    await assertRejects(() => store.read(ID));
    await store.write(snapshot);
    assertEquals(await store.read(ID), snapshot);
  }
});

test("given a snapshot of another stream or person, when read, then it is ignored", async ({ store, bucket, stored, put }) => {
  await store.write(await snapshotOf(3));
  const restored = new KvSnapshotStore(bucket, () => "2026-02-02T00:00:00Z");
  assertEquals(await restored.read(ID), null);
  await put(compressed({ ...Object(await stored()), aggregate_id: crypto.randomUUID() }));
  assertEquals(await store.read(ID), null);
});

test("given a snapshot that was removed, when read, then there is none", async ({ store, bucket }) => {
  for (const remove of [() => bucket.delete(ID), () => bucket.purge(ID)]) {
    await store.write(await snapshotOf(3));
    await remove();
    assertEquals(await store.read(ID), null);
  }
});

type Surroundings = {
  nc: NatsConnection;
  js: JetStreamClient;
  bucket: KV;
  store: KvSnapshotStore;
  /** Puts these bytes in the place of the person's snapshot. */
  put: (bytes: Uint8Array) => Promise<void>;
  /** What is in the place of the person's snapshot. */
  stored: () => Promise<unknown>;
};

function test(sentence: string, run: (surroundings: Surroundings) => Promise<void>): void {
  Deno.test(`KvSnapshotStore: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    const nc = await connect({ servers: server.url.replace("nats://", "") });
    const js = jetstream(nc, { checkAPI: false });
    const bucket = await openSnapshotBucket(js, "PERSON_EVENTS", 1);
    const stored = async () => {
      const entry = await bucket.get(ID);
      return JSON.parse(gunzipSync(entry?.value ?? Buffer.alloc(0)).toString());
    };
    const put = async (bytes: Uint8Array) => {
      await bucket.put(ID, bytes);
    };
    await run({ nc, js, bucket, store: new KvSnapshotStore(bucket, () => CREATED), put, stored });
    await nc.close();
  });
}

/** A snapshot of a person with an attribute of each kind of JSON. */
async function snapshotOf(version: number): Promise<Snapshot> {
  const service = new TestApplication(new MemoryEventStore());
  await service.accept(createPerson(ID), { commandId: "c-1" });
  const custom = { Custom: { organization: "o", attribute_name: "a", category: "c" } };
  const json = { Json: { text: "山田", numbers: [0.1, 1e23], nothing: null } };
  for (const each of [height(1.7), attribute(custom, json)]) {
    await service.accept({ RecordAttribute: { person_id: ID, attribute: each } });
  }
  const person = service.stored[version - 1];
  const snapshot = person && toSnapshot(person, NOW);
  assertThat(snapshot);
  return snapshot;
}

function compressed(value: unknown): Uint8Array {
  return gzipSync(JSON.stringify(value));
}
