import { assertEquals, assertRejects } from "@std/assert";
import { StoreUnavailable } from "../../src/application/failures.ts";
import { PastCommands } from "../../src/application/past_commands.ts";
import type { EventStore } from "../../src/application/ports.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { altered, NOW, TestApplication } from "../support/test_application.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const AGAIN = { commandId: "once", publishedAt: NOW };
/** The server no longer knows the command's id, just as the person. */
const LONG_AGO = { remembersIds: false };

Deno.test("PastCommands: given a command accepted before more than the person remembers, when it comes again, then its first outcome is told", async () => {
  const memory = new MemoryEventStore(LONG_AGO);
  const service = new TestApplication(memory);
  await service.accept(createPerson(ID));
  const given = { commandId: "once", expectedVersion: 1 };
  const first = await service.accept(updateName(ID, "Grace"), given);
  await renameOften(service);
  for (const instance of [service, new TestApplication(memory)]) {
    assertEquals(await instance.accept(updateName(ID, "Grace"), { ...given, ...AGAIN }), first);
  }
  assertEquals((await service.accept(updateName(ID, "Joan"))).version, 104);
});

Deno.test("PastCommands: given another command accepted with the same id, when a command comes again, then it is refused", async () => {
  const service = new TestApplication(new MemoryEventStore(LONG_AGO));
  await service.accept(createPerson(ID));
  await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  await renameOften(service);
  const result = await service.handle(updateName(ID, "Eva"), AGAIN);
  assertEquals("refused" in result && result.refused.code, "IdempotencyConflict");
});

Deno.test("PastCommands: given a history that was read before, when another instance has accepted since, then that is found", async () => {
  const memory = new MemoryEventStore(LONG_AGO);
  const [service, other] = [new TestApplication(memory), new TestApplication(memory)];
  await other.accept(createPerson(ID));
  await renameOften(other);
  assertEquals((await service.accept(updateName(ID, "Eva"), { publishedAt: NOW })).version, 103);
  const first = await other.accept(updateName(ID, "Grace"), { commandId: "once" });
  await renameOften(other);
  assertEquals(await service.accept(updateName(ID, "Grace"), AGAIN), first);
});

Deno.test("PastCommands: given many that come again, when handled, then the history is read once", async () => {
  const memory = new MemoryEventStore(LONG_AGO);
  const store = countingReads(memory);
  const service = new TestApplication(store);
  await service.accept(createPerson(ID));
  await renameOften(service);
  for (let n = 0; n < 50; n++) {
    await service.accept(updateName(ID, `Eva ${n}`), { publishedAt: NOW });
  }
  assertEquals(store.reads, 1);
});

Deno.test("PastCommands: given one published before those that came again so far, when handled, then the history is read from there", async () => {
  const service = new TestApplication(new MemoryEventStore(LONG_AGO));
  await service.accept(createPerson(ID));
  const first = await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  await renameOften(service);
  const later = "2200-01-01T00:00:00.000Z";
  await service.accept(updateName(ID, "Eva"), { publishedAt: later });
  assertEquals(await service.accept(updateName(ID, "Grace"), AGAIN), first);
});

Deno.test("PastCommands: given a history that ends before what the person remembers, when a command comes again, then nothing is decided", async () => {
  const memory = new MemoryEventStore(LONG_AGO);
  const readEarlier: EventStore["readFrom"] = async (personId, start) =>
    (await memory.readFrom(personId, start)).slice(0, 1);
  const service = new TestApplication(altered(memory, { readFrom: readEarlier }));
  await service.accept(createPerson(ID));
  await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  await renameOften(service);
  await assertRejects(() => service.handle(updateName(ID, "Grace"), AGAIN), StoreUnavailable);
  assertEquals((await memory.readLast(ID))?.envelope.sequence, 103);
});

Deno.test("PastCommands: given a person known here, when its history is read, then less than that is not believed", async () => {
  const memory = new MemoryEventStore(LONG_AGO);
  const known: (number | undefined)[] = [];
  const store = altered(memory, {
    readFrom: (personId, start, _deadline, least) => {
      known.push(least);
      return memory.readFrom(personId, start);
    },
  });
  const service = new TestApplication(store);
  await service.accept(createPerson(ID));
  await renameOften(service);
  await service.accept(updateName(ID, "Grace"), AGAIN);
  assertEquals(known, [102]);
});

Deno.test("PastCommands: given a person that remembers all its commands, when one comes again, then its history is not read", async () => {
  const store = countingReads(new MemoryEventStore());
  const service = new TestApplication(store);
  await service.accept(createPerson(ID));
  const first = await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  assertEquals(await service.accept(updateName(ID, "Grace"), AGAIN), first);
  assertEquals((await service.accept(updateName(ID, "Eva"), { publishedAt: NOW })).version, 3);
  assertEquals(store.reads, 0);
});

Deno.test("PastCommands: given more commands than are kept, when some come again, then each is found all the same", async () => {
  const store = countingReads(new MemoryEventStore(LONG_AGO));
  const service = new TestApplication(store, { past: new PastCommands(50) });
  await service.accept(createPerson(ID));
  const first = await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  await renameOften(service);
  for (const reads of [1, 2]) {
    assertEquals(await service.accept(updateName(ID, "Grace"), AGAIN), first);
    assertEquals(store.reads, reads);
  }
});

/** One more than a person remembers. */
async function renameOften(service: TestApplication): Promise<void> {
  for (let n = 0; n < 101; n++) await service.accept(updateName(ID, `Ada ${n}`));
}

function countingReads(store: EventStore): EventStore & { reads: number } {
  const counting = {
    reads: 0,
    ...altered(store, {
      readFrom: (...given) => {
        counting.reads++;
        return store.readFrom(...given);
      },
    }),
  };
  return counting;
}
