import { assertEquals, assertRejects } from "@std/assert";
import { createPerson, updateName } from "../support/command_client.ts";
import { merge } from "../support/every_command.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { altered, TestApplication } from "../support/test_application.ts";
import { StoreUnavailable } from "../../src/application/failures.ts";

const SOURCE = "019a5c30-1234-7abc-9def-123456789abc";
const TARGET = "019a5c30-1234-7abc-9def-123456789abd";
const MERGED = { version: 2, eventsGenerated: 2, streamSequence: 4 };

Deno.test("Merge: given two persons, when merged, then each has its event, decided on its own head", async () => {
  const memory = await withBoth();
  const service = new TestApplication(memory);
  const given = { commandId: "merge", correlationId: "correlation" };
  assertEquals(await service.accept(merge(SOURCE, TARGET), given), MERGED);
  const [merged, absorbed] = await Promise.all([SOURCE, TARGET].map((id) => memory.readLast(id)));
  assertEquals([merged?.streamSequence, absorbed?.streamSequence], [3, 4]);
  assertEquals([merged?.previousSequence, absorbed?.previousSequence], [1, 2]);
  for (const stored of [merged, absorbed]) {
    assertEquals([stored?.envelope.sequence, stored?.envelope.causation_id], [2, "merge"]);
    assertEquals(stored?.envelope.correlation_id, "correlation");
  }
  assertEquals(service.stored.map(({ personId, version, head }) => [personId, version, head]), [
    [SOURCE, 2, 3],
    [TARGET, 2, 4],
  ]);
});

Deno.test("Merge: given it was accepted, when sent again to any instance, then its outcome is the source's", async () => {
  const memory = await withBoth();
  const service = new TestApplication(memory);
  await service.accept(merge(SOURCE, TARGET), { commandId: "merge" });
  await service.accept(updateName(TARGET, "Grace"));
  for (const instance of [service, new TestApplication(memory)]) {
    const given = { commandId: "merge" };
    assertEquals(await instance.accept(merge(SOURCE, TARGET), given), MERGED);
  }
});

Deno.test("Merge: given an instance that knows it of the target only, when sent again, then its outcome is the source's", async () => {
  const memory = await withBoth();
  const other = new TestApplication(memory);
  const instance = new TestApplication(memory);
  await other.accept(updateName(TARGET, "Grace"));
  // It knows the source as it was before the merge, and the target as it is now.
  await instance.handle(createPerson(SOURCE));
  const outcome = await other.accept(merge(SOURCE, TARGET), { commandId: "merge" });
  await instance.accept(updateName(TARGET, "Jean"));
  assertEquals(await instance.accept(merge(SOURCE, TARGET), { commandId: "merge" }), outcome);
});

Deno.test("Merge: given it is stored between the reads of the two, when sent again, then its outcome is the source's", async () => {
  const memory = await withBoth();
  const other = new TestApplication(memory);
  await other.accept(updateName(TARGET, "Grace"));
  const instance = new TestApplication(altered(memory, {
    readLast: async (personId) => {
      if (personId === TARGET) await other.accept(merge(SOURCE, TARGET), { commandId: "merge" });
      return await memory.readLast(personId);
    },
  }));
  const outcome = await instance.accept(merge(SOURCE, TARGET), { commandId: "merge" });
  assertEquals(outcome, { version: 2, eventsGenerated: 2, streamSequence: 5 });
});

Deno.test("Merge: given the target's word only that it is stored, when the source can't be read, then the outcome is unknown", async () => {
  const memory = await withBoth();
  const other = new TestApplication(memory);
  const instance = new TestApplication(altered(memory, {
    readLast: (personId) =>
      personId === SOURCE
        ? Promise.reject(new StoreUnavailable("JetStream gave no answer in time", "not stored"))
        : memory.readLast(personId),
  }));
  // It knows the source as it was before the merge, and the target as it is now.
  const { cache } = instance.dependencies;
  await new TestApplication(memory, { cache }).handle(createPerson(SOURCE));
  await other.accept(merge(SOURCE, TARGET), { commandId: "merge" });
  await new TestApplication(memory, { cache }).accept(updateName(TARGET, "Jean"));
  const merging = instance.handle(merge(SOURCE, TARGET), { commandId: "merge" });
  assertEquals((await assertRejects(() => merging, StoreUnavailable)).outcome, "unknown");
});

Deno.test("Merge: given it was accepted, when its id comes with another command, then both persons know it", async () => {
  const memory = await withBoth();
  await new TestApplication(memory).accept(merge(SOURCE, TARGET), { commandId: "merge" });
  const commands = [
    updateName(SOURCE, "Grace"),
    updateName(TARGET, "Grace"),
    merge(TARGET, SOURCE),
  ];
  for (const command of commands) {
    const result = await new TestApplication(memory).handle(command, { commandId: "merge" });
    assertEquals("refused" in result && result.refused.code, "IdempotencyConflict");
  }
});

Deno.test("Merge: given an id that the target knows, when merged with it, then it is refused", async () => {
  const memory = await withBoth();
  const service = new TestApplication(memory);
  await service.accept(updateName(TARGET, "Grace"), { commandId: "once" });
  const result = await service.handle(merge(SOURCE, TARGET), { commandId: "once" });
  assertEquals("refused" in result && [result.refused.code, result.refused.personId], [
    "IdempotencyConflict",
    SOURCE,
  ]);
});

Deno.test("Merge: given a person, when merged into itself, then it is refused, known here or not", async () => {
  const memory = await withBoth();
  const service = new TestApplication(memory);
  for (let n = 0; n < 2; n++) {
    const result = await service.handle(merge(SOURCE, SOURCE));
    assertEquals("refused" in result && [result.refused.code, result.refused.version], [
      "ValidationError",
      1,
    ]);
  }
});

Deno.test("Merge: given one of the two is not there, when merged, then nothing is stored", async () => {
  const memory = new MemoryEventStore();
  const service = new TestApplication(memory);
  await service.accept(createPerson(SOURCE));
  for (const [command, version] of [[merge(SOURCE, TARGET), 1], [merge(TARGET, SOURCE), 0]]) {
    const result = await service.handle(command);
    assertEquals("refused" in result && [result.refused.code, result.refused.version], [
      "NotFound",
      version,
    ]);
  }
  assertEquals((await memory.readLast(SOURCE))?.streamSequence, 1);
  assertEquals(await memory.readLast(TARGET), null);
});

Deno.test("Merge: given Expected-Version, when merged, then the source's counts", async () => {
  const memory = await withBoth();
  const service = new TestApplication(memory);
  await service.accept(updateName(TARGET, "Grace"));
  const result = await service.handle(merge(SOURCE, TARGET), { expectedVersion: 2 });
  assertEquals("refused" in result && result.refused.code, "ConcurrencyConflict");
  const outcome = await service.accept(merge(SOURCE, TARGET), { expectedVersion: 1 });
  assertEquals(outcome, { version: 2, eventsGenerated: 2, streamSequence: 5 });
});

Deno.test("Merge: given another's event on either person, when appended, then both are decided again", async () => {
  for (const personId of [SOURCE, TARGET]) {
    const memory = await withBoth();
    const other = new TestApplication(memory);
    const service = new TestApplication(altered(memory, {
      append: async (append) => {
        await other.accept(updateName(personId, "Grace"), { commandId: "foreign" });
        return await memory.append(append);
      },
    }));
    const { version, streamSequence } = await service.accept(merge(SOURCE, TARGET));
    assertEquals([version, streamSequence], [personId === SOURCE ? 3 : 2, 5]);
    const absorbed = await memory.readLast(TARGET);
    assertEquals(absorbed?.envelope.sequence, personId === TARGET ? 3 : 2);
  }
});

Deno.test("Merge: given the target is merged away meanwhile, when appended, then it is refused", async () => {
  const third = "019a5c30-1234-7abc-9def-123456789abe";
  const memory = await withBoth();
  const other = new TestApplication(memory);
  await other.accept(createPerson(third));
  const service = new TestApplication(altered(memory, {
    append: async (append) => {
      await other.accept(merge(TARGET, third));
      return await memory.append(append);
    },
  }));
  assertEquals(await service.handle(merge(SOURCE, TARGET)), {
    refused: {
      code: "InvalidStateTransition",
      message: `Cannot merge person "${SOURCE}": the target "${TARGET}" is merged`,
      personId: SOURCE,
      version: 1,
    },
  });
  assertEquals((await memory.readLast(SOURCE))?.streamSequence, 1);
});

/** A store with both persons. */
async function withBoth(): Promise<MemoryEventStore> {
  const memory = new MemoryEventStore();
  const service = new TestApplication(memory);
  await service.accept(createPerson(SOURCE));
  await service.accept(createPerson(TARGET));
  return memory;
}
