import { assertEquals } from "@std/assert";
import { Redelivery } from "../../src/application/redelivery.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { counted, NOW, received, TestApplication } from "../support/test_application.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
/** The server no longer knows the command's id, just as the person. */
const LONG_AGO = { remembersIds: false };

Deno.test("Redelivery: given an event stored before more commands than the person remembers, when its command comes again, then its first outcome is told", async () => {
  const memory = new MemoryEventStore(LONG_AGO);
  const service = new TestApplication(memory);
  await service.accept(createPerson(ID));
  const given = { commandId: "once", expectedVersion: 1 };
  const first = await service.accept(updateName(ID, "Grace"), given);
  await renameOften(service);
  for (const instance of [service, new TestApplication(memory)]) {
    const again = { ...given, redelivery: new Redelivery(NOW) };
    assertEquals(await instance.accept(updateName(ID, "Grace"), again), first);
  }
  assertEquals((await service.accept(updateName(ID, "Joan"))).version, 104);
});

Deno.test("Redelivery: given an event of another command with the same id, when a command comes again, then it is refused", async () => {
  const service = new TestApplication(new MemoryEventStore(LONG_AGO));
  await service.accept(createPerson(ID));
  await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  await renameOften(service);
  const again = { commandId: "once", redelivery: new Redelivery(NOW) };
  const result = await service.handle(updateName(ID, "Eva"), again);
  assertEquals("refused" in result && result.refused.code, "IdempotencyConflict");
});

Deno.test("Redelivery: given an event stored while its command waited for its turn, when that comes, then its first outcome is told", async () => {
  const memory = new MemoryEventStore(LONG_AGO);
  const [waiting, other] = [new TestApplication(memory), new TestApplication(memory)];
  await other.accept(createPerson(ID));
  const redelivery = new Redelivery(NOW);
  const given = { commandId: "once", redelivery };
  const command = received(updateName(ID, "Grace"), given);
  await redelivery.lookBack(command, memory, performance.now() + 1_000);
  assertEquals(redelivery.event, undefined);
  const first = await other.accept(updateName(ID, "Grace"), { commandId: "once" });
  await renameOften(other);
  assertEquals(await waiting.accept(updateName(ID, "Grace"), given), first);
});

Deno.test("Redelivery: given a person that remembers all its commands, when one comes again, then its history is not read", async () => {
  const store = counted(new MemoryEventStore());
  let looks = 0;
  const service = new TestApplication({
    ...store,
    readFrom: (...given) => {
      looks++;
      return store.readFrom(...given);
    },
  });
  await service.accept(createPerson(ID));
  const first = await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  const again = { commandId: "once", redelivery: new Redelivery(NOW) };
  assertEquals(await service.accept(updateName(ID, "Grace"), again), first);
  const fresh = { commandId: "new", redelivery: new Redelivery(NOW) };
  assertEquals((await service.accept(updateName(ID, "Eva"), fresh)).version, 3);
  assertEquals(looks, 0);
});

/** One more than a person remembers. */
async function renameOften(service: TestApplication): Promise<void> {
  for (let n = 0; n < 101; n++) await service.accept(updateName(ID, `Ada ${n}`));
}
