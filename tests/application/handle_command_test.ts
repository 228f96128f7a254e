import { assertEquals, assertRejects } from "@std/assert";
import { createPerson, updateName } from "../support/command_client.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { altered, counted, TestApplication } from "../support/test_application.ts";
import { UnreadableHistory } from "../../src/application/failures.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const DEACTIVATE = { DeactivatePerson: { person_id: ID, reason: "moved" } };
const REACTIVATE = { ReactivatePerson: { person_id: ID, reason: "back" } };

Deno.test("handleCommand: given a new person, when created, then nothing has to be read for it", async () => {
  const store = counted(new MemoryEventStore());
  const service = new TestApplication(store);
  assertEquals(await service.handle(createPerson(ID)), {
    accepted: { version: 1, eventsGenerated: 1, streamSequence: 1 },
  });
  assertEquals([store.reads, store.appends], [0, 1]);
  assertEquals(service.stored.map(({ version, head }) => [version, head]), [[1, 1]]);
});

Deno.test("handleCommand: given a person known here, when changed, then nothing has to be read for it", async () => {
  const store = counted(new MemoryEventStore());
  const service = new TestApplication(store);
  await service.accept(createPerson(ID));
  const outcome = await service.accept(updateName(ID, "Grace"));
  assertEquals(outcome, { version: 2, eventsGenerated: 1, streamSequence: 2 });
  assertEquals([store.reads, store.appends], [0, 2]);
});

Deno.test("handleCommand: given a person of another instance, when created again, then it is refused", async () => {
  const memory = new MemoryEventStore();
  await new TestApplication(memory).accept(createPerson(ID));
  const service = new TestApplication(memory);
  assertEquals(await service.handle(createPerson(ID)), {
    refused: {
      code: "AlreadyExists",
      message: `Cannot create person "${ID}": person already exists`,
      personId: ID,
      version: 1,
    },
  });
  assertEquals(service.stored, []);
});

Deno.test("handleCommand: given no such person, when changed, then the leader was asked before it is refused", async () => {
  const store = counted(new MemoryEventStore());
  const result = await new TestApplication(store).handle(updateName(ID, "Grace"));
  assertEquals(result, {
    refused: {
      code: "NotFound",
      message: `Cannot update name of person "${ID}": no such person`,
      personId: ID,
      version: 0,
    },
  });
  assertEquals([store.reads, store.appends], [1, 0]);
});

Deno.test("handleCommand: given a stale state, when it would refuse, then the leader's word counts", async () => {
  const memory = new MemoryEventStore();
  const store = counted(memory);
  const [service, other] = [new TestApplication(store), new TestApplication(memory)];
  await service.accept(createPerson(ID));
  await service.accept(DEACTIVATE);
  await other.accept(REACTIVATE);
  const before = { reads: store.reads, appends: store.appends };
  assertEquals((await service.accept(updateName(ID, "Grace"))).version, 4);
  assertEquals([store.reads - before.reads, store.appends - before.appends], [1, 1]);
});

Deno.test("handleCommand: given a fresh state, when refused, then the leader was asked once", async () => {
  const store = counted(new MemoryEventStore());
  const service = new TestApplication(store);
  await service.accept(createPerson(ID));
  await service.accept(DEACTIVATE);
  const result = await service.handle(DEACTIVATE);
  assertEquals("refused" in result && result.refused.code, "InvalidStateTransition");
  assertEquals([store.reads, store.appends], [1, 2]);
});

Deno.test("handleCommand: given Expected-Version, when the person is at it, then it is accepted", async () => {
  const service = new TestApplication(new MemoryEventStore());
  await service.accept(createPerson(ID), { expectedVersion: 0 });
  await service.accept(updateName(ID, "Grace"), { expectedVersion: 1 });
});

Deno.test("handleCommand: given Expected-Version, when the person is not at it, then both versions are told", async () => {
  const memory = new MemoryEventStore();
  await new TestApplication(memory).accept(createPerson(ID));
  for (const expected of [0, 2]) {
    for (const command of [createPerson(ID), updateName(ID, "Grace")]) {
      const service = new TestApplication(memory);
      assertEquals(await service.handle(command, { expectedVersion: expected }), {
        refused: {
          code: "ConcurrencyConflict",
          message: `Expected version ${expected}, but person "${ID}" is at version 1`,
          details: { expected_version: expected, actual_version: 1 },
          personId: ID,
          version: 1,
        },
      });
      assertEquals(service.stored, []);
    }
  }
});

Deno.test("handleCommand: given Expected-Version met by a stale state, when appended, then it is refused", async () => {
  const memory = new MemoryEventStore();
  const [service, other] = [new TestApplication(memory), new TestApplication(memory)];
  await service.accept(createPerson(ID));
  await other.accept(updateName(ID, "Grace"));
  const result = await service.handle(updateName(ID, "Eva"), { expectedVersion: 1 });
  assertEquals("refused" in result && result.refused.code, "ConcurrencyConflict");
  assertEquals(await new TestApplication(memory).accept(updateName(ID, "Eva")), {
    version: 3,
    eventsGenerated: 1,
    streamSequence: 3,
  });
});

Deno.test("handleCommand: given a history that can't be read, when a command comes, then it fails, even a creation", async () => {
  const memory = new MemoryEventStore();
  await new TestApplication(memory).accept(createPerson(ID));
  const store = altered(memory, {
    readLast: () => Promise.reject(new UnreadableHistory(ID, 1, "Event at 1 can't be read")),
  });
  for (const command of [createPerson(ID), updateName(ID, "Grace")]) {
    await assertRejects(() => new TestApplication(store).handle(command), UnreadableHistory);
  }
});
