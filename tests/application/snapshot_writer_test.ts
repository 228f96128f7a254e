import { assertEquals } from "@std/assert";
import type { LoadedPerson } from "../../src/application/loaded_person.ts";
import type { Snapshot, SnapshotStore } from "../../src/application/ports.ts";
import { SnapshotWriter } from "../../src/application/snapshot_writer.ts";
import { assertThat } from "../support/assert_that.ts";
import { CapturedLog } from "../support/captured_log.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { MemorySnapshotStore } from "../support/memory_snapshot_store.ts";
import { toSnapshot } from "../../src/application/loaded_person.ts";
import { fixedClock, NOW, TestApplication } from "../support/test_application.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";

Deno.test("SnapshotWriter: given a version at a multiple of the frequency, when offered, then it is written", async () => {
  const store = new MemorySnapshotStore();
  const writer = new SnapshotWriter(store, fixedClock, 2);
  const [, second, third] = await versionsOf(ID, 3);
  assertThat(second !== undefined && third !== undefined);
  for (const person of [second, third]) writer.offer(person);
  await writer.flush();
  assertEquals(await store.read(ID), toSnapshot(second, NOW));
});

Deno.test("SnapshotWriter: given a frequency, when each version is offered, then every so many are written", async () => {
  const persons = await versionsOf(ID, 12);
  for (const frequency of [1, 3, 5, 100]) {
    const store = new GatedSnapshotStore();
    store.open();
    const writer = new SnapshotWriter(store, fixedClock, frequency);
    for (const person of persons) {
      writer.offer(person);
      await writer.flush();
    }
    const multiples = persons.map(({ version }) => version).filter((n) => n % frequency === 0);
    assertEquals(store.versions(ID), multiples);
  }
});

Deno.test("SnapshotWriter: given a person that was loaded, when many events had to be read, then it is written", async () => {
  const [, , third] = await versionsOf(ID, 3);
  assertThat(third !== undefined);
  const cases = [[100, 9, false], [100, 10, true], [2, 1, false], [2, 2, true]] as const;
  for (const [frequency, eventsRead, isWritten] of cases) {
    const store = new MemorySnapshotStore();
    const writer = new SnapshotWriter(store, fixedClock, frequency);
    writer.offerLoaded(third, eventsRead);
    await writer.flush();
    assertEquals(await store.read(ID), isWritten ? toSnapshot(third, NOW) : null);
  }
});

Deno.test("SnapshotWriter: given a slow store, when a person changes on, then only its last version is written", async () => {
  const store = new GatedSnapshotStore();
  const writer = new SnapshotWriter(store, fixedClock, 1);
  for (let n = 0; n < 4; n++) writer.offer(await oneOf(`${ID.slice(0, -1)}${n}`));
  for (const person of await versionsOf(ID, 5)) writer.offer(person);
  assertEquals(store.started, 4);
  store.open();
  await writer.flush();
  assertEquals([store.versions(ID), store.started], [[5], 5]);
});

Deno.test("SnapshotWriter: given many persons, when all are offered, then four are written at a time and all in the end", async () => {
  const store = new GatedSnapshotStore();
  const writer = new SnapshotWriter(store, fixedClock, 1);
  for (let n = 10; n < 30; n++) writer.offer(await oneOf(`${ID.slice(0, -2)}${n}`));
  assertEquals(store.started, 4);
  store.open();
  await writer.flush();
  assertEquals([store.started, store.mostAtOnce], [20, 4]);
});

Deno.test("SnapshotWriter: given a store that fails, when offered, then it is logged and the next one is written", async () => {
  const store = new MemorySnapshotStore();
  const failing: SnapshotStore = {
    read: (personId) => store.read(personId),
    write: (snapshot) =>
      snapshot.state.version === 1
        ? Promise.reject(new Error("The bucket is gone"))
        : store.write(snapshot),
  };
  const log = new CapturedLog();
  const writer = new SnapshotWriter(failing, fixedClock, 1);
  for (const person of await versionsOf(ID, 2)) {
    writer.offer(person);
    await writer.flush();
  }
  await log.waitFor(`Snapshot of person ${ID} could not be written`);
  assertEquals((await store.read(ID))?.state.version, 2);
});

Deno.test("SnapshotWriter: given nothing to write, when flushed, then that is done", async () => {
  await new SnapshotWriter(new GatedSnapshotStore(), fixedClock, 100).flush();
});

/** A store whose writes wait until it is opened. */
class GatedSnapshotStore implements SnapshotStore {
  readonly #gate = Promise.withResolvers<void>();
  readonly #written: Snapshot[] = [];
  started = 0;
  mostAtOnce = 0;

  read(): Promise<null> {
    return Promise.resolve(null);
  }

  async write(snapshot: Snapshot): Promise<void> {
    this.started++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.started - this.#written.length);
    await this.#gate.promise;
    this.#written.push(snapshot);
  }

  open(): void {
    this.#gate.resolve();
  }

  /** What was written of a person, in that order. */
  versions(personId: string): number[] {
    return this.#written.filter((snapshot) => snapshot.personId === personId)
      .map(({ state }) => state.version);
  }
}

async function oneOf(personId: string): Promise<LoadedPerson> {
  const [person] = await versionsOf(personId, 1);
  assertThat(person !== undefined);
  return person;
}

/** A person after each of so many events. */
async function versionsOf(personId: string, count: number): Promise<LoadedPerson[]> {
  const service = new TestApplication(new MemoryEventStore());
  await service.accept(createPerson(personId));
  for (let n = 1; n < count; n++) await service.accept(updateName(personId, `Ada ${n}`));
  return service.stored;
}
