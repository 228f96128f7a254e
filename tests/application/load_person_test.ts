import { assertEquals, assertRejects } from "@std/assert";
import { loadPerson } from "../../src/application/load_person.ts";
import { type LoadedPerson, toSnapshot } from "../../src/application/loaded_person.ts";
import type { EventStore, Position, Snapshot, SnapshotStore } from "../../src/application/ports.ts";
import { assertThat } from "../support/assert_that.ts";
import { CapturedLog } from "../support/captured_log.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { MemorySnapshotStore } from "../support/memory_snapshot_store.ts";
import { altered, NOW, TestApplication } from "../support/test_application.ts";
import { StoreUnavailable, UnreadableHistory } from "../../src/application/failures.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const UNREACHABLE = new StoreUnavailable("JetStream gave no answer in time", "not stored");

Deno.test("loadPerson: given nobody, when loaded, then there is nobody, whatever a snapshot says", async () => {
  const { versions } = await history(3);
  const found = await load(new MemoryEventStore(), snapshotOf(versions[2]));
  assertEquals([found.person.state, found.person.version, found.person.head], [null, 0, 0]);
  assertEquals(found.tailsAfter, []);
});

Deno.test("loadPerson: given no snapshot, when loaded, then the whole history is read", async () => {
  const { store, versions } = await history(5);
  const { person, tailsAfter } = await load(store, null);
  assertSame(person, versions[4]);
  assertEquals(tailsAfter, [null]);
});

Deno.test("loadPerson: given a snapshot at the head, when loaded, then no event is read but the last", async () => {
  const { store, versions } = await history(5);
  const { person, tailsAfter } = await load(store, snapshotOf(versions[4]));
  assertSame(person, versions[4]);
  assertEquals(tailsAfter, []);
});

Deno.test("loadPerson: given an older snapshot, when loaded, then only what came after it is read", async () => {
  const { store, versions } = await history(5);
  const snapshot = snapshotOf(versions[2]);
  const { person, tailsAfter } = await load(store, snapshot);
  assertSame(person, versions[4]);
  const { head, eventHash } = snapshot;
  assertEquals(tailsAfter, [{ version: 3, head, eventHash }]);
});

Deno.test("loadPerson: given events to be read, when loaded, then it is told how many", async () => {
  const { store, versions } = await history(5);
  assertEquals((await load(store, null)).told, [[5, 5]]);
  assertEquals((await load(store, snapshotOf(versions[2]))).told, [[5, 2]]);
  assertEquals((await load(store, snapshotOf(versions[4]))).told, []);
});

Deno.test("loadPerson: given a state known here, when loaded, then no snapshot is read", async () => {
  const { store, versions } = await history(5);
  const snapshots = new MemorySnapshotStore();
  snapshots.read = () => Promise.reject(new Error("A snapshot was read"));
  const stores = { events: store, snapshots };
  assertSame(await loadPerson(ID, versions[1], stores, Infinity), versions[4]);
  assertEquals(await loadPerson(ID, versions[4], stores, Infinity), versions[4]);
});

Deno.test("loadPerson: given a state or a head that is known here, when loaded, then less than that is not believed", async () => {
  const { store, versions } = await history(5);
  const asked: (number | undefined)[] = [];
  const events = altered(store, {
    readLast: (personId, _deadline, head) => {
      asked.push(head);
      return store.readLast(personId);
    },
  });
  const stores = { events, snapshots: new MemorySnapshotStore() };
  await loadPerson(ID, versions[1], stores, Infinity);
  await loadPerson(ID, versions[1], stores, Infinity, { knownHead: 4 });
  await loadPerson(ID, versions[4], stores, Infinity, { knownHead: 4 });
  await load(events, snapshotOf(versions[2]));
  assertEquals(asked, [2, 4, 5, 0]);
});

Deno.test("loadPerson: given a snapshot of another history, when loaded, then it is ignored and that is logged", async () => {
  const { store, versions } = await history(5);
  const [, , third, , last] = versions.map(snapshotOf);
  assertThat(third !== undefined && last !== undefined);
  const others = [
    { ...third, eventHash: "other" },
    { ...last, eventHash: "other" },
    { ...third, head: third.head + 100 },
    { ...last, state: { ...last.state, version: 4 } },
    { ...third, state: { ...third.state, version: 4 } },
  ];
  for (const snapshot of others) {
    const log = new CapturedLog();
    const { person, tailsAfter } = await load(store, snapshot);
    assertSame(person, versions[4]);
    assertEquals(tailsAfter.at(-1), null);
    await log.waitFor("Ignored a state at");
  }
});

Deno.test("loadPerson: given a snapshot store that fails, when loaded, then the history tells the same", async () => {
  const { store, versions } = await history(5);
  const log = new CapturedLog();
  const snapshots = new MemorySnapshotStore();
  snapshots.read = () => Promise.reject(new Error("The bucket is gone"));
  const person = await loadPerson(ID, undefined, { events: store, snapshots }, Infinity);
  assertSame(person, versions[4]);
  await log.waitFor(`Snapshot of person ${ID} could not be read`);
});

Deno.test("loadPerson: given a stream that is away, when loaded, then that is what it fails with", async () => {
  const { store, versions } = await history(5);
  const failing = [
    altered(store, { readLast: () => Promise.reject(UNREACHABLE) }),
    altered(store, { readTail: () => Promise.reject(UNREACHABLE) }),
  ];
  for (const events of failing) {
    await assertRejects(() => load(events, snapshotOf(versions[2])), StoreUnavailable);
  }
});

Deno.test("loadPerson: given an event that is missing, when loaded, then the history is unreadable", async () => {
  const { store, versions } = await history(5);
  const gap = altered(store, {
    readTail: async (last, after) =>
      (await store.readTail(last, after))?.filter(({ envelope }) => envelope.sequence !== 4) ??
        null,
  });
  const none = altered(store, { readTail: () => Promise.resolve(null) });
  for (const snapshot of [null, snapshotOf(versions[1])]) {
    for (const events of [gap, none]) {
      const error = await assertRejects(() => load(events, snapshot), UnreadableHistory);
      assertEquals([error.personId, error.streamSequence], [ID, 5]);
    }
  }
});

/** A person of so many events, as it was after each of them. */
async function history(count: number) {
  const store = new MemoryEventStore();
  const service = new TestApplication(store);
  await service.accept(createPerson(ID));
  for (let n = 1; n < count; n++) await service.accept(updateName(ID, `Ada ${n}`));
  return { store, versions: service.stored };
}

/** Loads the person with this snapshot, and tells from where on its events were read. */
async function load(store: EventStore, snapshot: Snapshot | null) {
  const tailsAfter: (Position | null)[] = [];
  const told: [number, number][] = [];
  const events = altered(store, {
    readTail: (last, after, deadline) => {
      tailsAfter.push(after);
      return store.readTail(last, after, deadline);
    },
  });
  const snapshots: SnapshotStore = new MemorySnapshotStore();
  if (snapshot !== null) await snapshots.write(snapshot);
  const person = await loadPerson(
    ID,
    undefined,
    { events, snapshots },
    Infinity,
    { onLoaded: ({ version }, eventsRead) => told.push([version, eventsRead]) },
  );
  return { person, tailsAfter, told };
}

function snapshotOf(person: LoadedPerson | undefined): Snapshot {
  const snapshot = person && toSnapshot(person, NOW);
  assertThat(snapshot);
  return snapshot;
}

/** The same person, but for how its size was counted, and for what is kept of its last event. */
function assertSame(person: LoadedPerson, expected: LoadedPerson | undefined): void {
  assertEquals(person.last?.eventHash, expected?.last?.eventHash);
  assertEquals({ ...person, stateBytes: 0, last: 0 }, { ...expected, stateBytes: 0, last: 0 });
}
