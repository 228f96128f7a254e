import { assertEquals } from "@std/assert";
import type { EventStore } from "../../src/application/ports.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { fixedClock, TestApplication } from "../support/test_application.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";
const CONFLICT = {
  code: "IdempotencyConflict",
  message:
    'Command id "once" was used before for another command: send a new command with a new id',
  personId: ID,
} as const;

Deno.test("Idempotency: given a command accepted before, when sent again, then its first outcome is told", async () => {
  const memory = new MemoryEventStore();
  const service = new TestApplication(memory);
  await service.accept(createPerson(ID));
  const first = await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  await service.accept(updateName(ID, "Eva"));
  for (const instance of [service, new TestApplication(memory)]) {
    assertEquals(await instance.accept(updateName(ID, "Grace"), { commandId: "once" }), first);
  }
  assertEquals((await service.accept(updateName(ID, "Joan"))).version, 4);
});

Deno.test("Idempotency: given a creation, when sent again to an instance that does not know it, then it is told", async () => {
  const memory = new MemoryEventStore();
  const outcome = { version: 1, eventsGenerated: 1, streamSequence: 1 };
  for (let n = 0; n < 3; n++) {
    const now = () => `2026-01-02T03:04:05.00${n}Z`;
    const service = new TestApplication(memory, { clock: { ...fixedClock, now } });
    assertEquals(await service.accept(createPerson(ID), { commandId: "once" }), outcome);
    assertEquals(service.stored.length, n === 0 ? 1 : 0);
  }
});

Deno.test("Idempotency: given a command id, when used for another command, then it is refused", async () => {
  const memory = new MemoryEventStore();
  const service = new TestApplication(memory);
  await service.accept(createPerson(ID), { commandId: "once" });
  for (const instance of [service, new TestApplication(memory)]) {
    for (const command of [createPerson(ID, "Grace"), updateName(ID, "Grace")]) {
      const refused = { ...CONFLICT, version: 1 };
      assertEquals(await instance.handle(command, { commandId: "once" }), { refused });
    }
  }
});

Deno.test("Idempotency: given a known id, when its Expected-Version no longer holds, then its outcome is told", async () => {
  const service = new TestApplication(new MemoryEventStore());
  await service.accept(createPerson(ID));
  const given = { commandId: "once", expectedVersion: 1 };
  const first = await service.accept(updateName(ID, "Grace"), given);
  assertEquals(await service.accept(updateName(ID, "Grace"), given), first);
});

Deno.test("Idempotency: given a refused command, when sent again, then it is decided afresh", async () => {
  const service = new TestApplication(new MemoryEventStore());
  const refused = await service.handle(updateName(ID, "Grace"), { commandId: "once" });
  assertEquals("refused" in refused && refused.refused.code, "NotFound");
  await service.accept(createPerson(ID));
  const outcome = await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  assertEquals(outcome.version, 2);
});

Deno.test("Idempotency: given one id for two persons, when both commands come, then both are accepted", async () => {
  const service = new TestApplication(new MemoryEventStore());
  await service.accept(createPerson(ID), { commandId: "once" });
  const outcome = await service.accept(createPerson(OTHER_ID), { commandId: "once" });
  assertEquals(outcome, { version: 1, eventsGenerated: 1, streamSequence: 2 });
});

Deno.test("Idempotency: given 100 commands since, when an older one comes again, then the stream knows it", async () => {
  const memory = new MemoryEventStore();
  const first = await rename(memory, 100);
  const service = new TestApplication(memory);
  assertEquals(await service.accept(updateName(ID, "Grace"), { commandId: "once" }), first);
  const refused = { ...CONFLICT, version: 102 };
  assertEquals(await service.handle(updateName(ID, "Eva"), { commandId: "once" }), { refused });
  assertEquals(service.stored, []);
});

Deno.test("Idempotency: given 99 commands since, when the stream has forgotten, then the person has not", async () => {
  const store = new MemoryEventStore({ remembersIds: false });
  const first = await rename(store, 99);
  const service = new TestApplication(store);
  assertEquals(await service.accept(updateName(ID, "Grace"), { commandId: "once" }), first);
  assertEquals(service.stored, []);
});

Deno.test("Idempotency: given 100 commands since, when the stream has forgotten, then it is a new command", async () => {
  const store = new MemoryEventStore({ remembersIds: false });
  await rename(store, 100);
  const service = new TestApplication(store);
  const outcome = await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  assertEquals(outcome.version, 103);
});

/** Creates the person and renames it by the command "once", then so many times more. */
async function rename(store: EventStore, count: number) {
  const service = new TestApplication(store);
  await service.accept(createPerson(ID));
  const first = await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  for (let n = 0; n < count; n++) await service.accept(updateName(ID, `Ada ${n}`));
  return first;
}
