import { assertEquals, assertRejects } from "@std/assert";
import type { EventStore } from "../../src/application/ports.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { merge } from "../support/every_command.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { altered, counted, fixedClock, TestApplication } from "../support/test_application.ts";
import { StoreUnavailable } from "../../src/application/failures.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";
const BORN = { SetBirthDate: { person_id: ID, birth_date: "1990-01-02" } };
const LATER = "2026-01-02T03:04:06.000Z";
const UNREACHABLE = new StoreUnavailable("JetStream gave no answer in time", "not stored");

Deno.test("Conflict: given another's event in between, when appended, then it is decided again and stored after it", async () => {
  const memory = await withPerson();
  const service = new TestApplication(interrupted(memory, 1));
  const outcome = await service.accept(updateName(ID, "Grace"));
  assertEquals(outcome, { version: 3, eventsGenerated: 1, streamSequence: 3 });
});

Deno.test("Conflict: given another's event that changes the decision, when appended, then it is refused", async () => {
  const memory = await withPerson();
  const other = new TestApplication(memory);
  const store = altered(memory, {
    append: async (append) => {
      await other.handle(BORN);
      return await memory.append(append);
    },
  });
  const service = new TestApplication(store);
  const result = await service.handle({
    SetBirthDate: { person_id: ID, birth_date: "1991-01-01" },
  });
  assertEquals(result, {
    refused: {
      code: "InvariantViolation",
      message: `Cannot set birth date of person "${ID}": birth date is already set to "1990-01-02"`,
      personId: ID,
      version: 2,
    },
  });
  assertEquals((await memory.readLast(ID))?.streamSequence, 2);
});

Deno.test("Conflict: given as many as are retried, when the next append fits, then it is accepted", async () => {
  const store = counted(interrupted(await withPerson(), 3));
  const service = new TestApplication(store, { maxConflictRetries: 3 });
  assertEquals((await service.accept(updateName(ID, "Grace"))).version, 5);
  assertEquals(store.appends, 4);
});

Deno.test("Conflict: given one more than are retried, when appended, then it is refused and nothing is stored", async () => {
  for (const maxConflictRetries of [0, 1, 3]) {
    const memory = await withPerson();
    const store = counted(interrupted(memory, Infinity));
    const service = new TestApplication(store, { maxConflictRetries });
    const tries = maxConflictRetries + 1;
    assertEquals(await service.handle(updateName(ID, "Grace"), { commandId: "mine" }), {
      refused: {
        code: "ConcurrencyConflict",
        message:
          `Person "${ID}" was changed by others ${tries} times while the command was being decided: send it again`,
        personId: ID,
        version: 1 + tries,
      },
    });
    assertEquals(store.appends, tries);
    assertEquals(await commandIdsOf(memory), [
      "created",
      ...Array.from({ length: tries }, (_, n) => `foreign-${n + 1}`),
    ]);
  }
});

// What the person remembers is the last hundred: another instance may have stored more while this one had no answer.
Deno.test("Conflict: given a try without an answer and more of others' events than the person remembers, when tried again, then the first try's outcome is told", async () => {
  const memory = await withPerson();
  const other = new TestApplication(memory);
  const store = altered(memory, {
    append: async (append) => {
      await memory.append(append);
      for (let n = 0; n < 101; n++) await other.accept(updateName(ID, "Foreign"));
      return await memory.append(append);
    },
  });
  for (const [expectedVersion, version] of [[1, 2], [null, 104]] as const) {
    const service = new TestApplication(store);
    const outcome = await service.accept(updateName(ID, "Grace"), { expectedVersion });
    assertEquals(outcome, { version, eventsGenerated: 1, streamSequence: version });
  }
  assertEquals((await memory.readLast(ID))?.envelope.sequence, 205);
});

Deno.test("Conflict: given the same command at another instance, when no retry is left, then its outcome is told", async () => {
  const memory = await withPerson();
  const other = new TestApplication(memory, { clock: { ...fixedClock, now: () => LATER } });
  const store = altered(memory, {
    append: async (append) => {
      await other.accept(updateName(ID, "Grace"), { commandId: "twice" });
      return await memory.append(append);
    },
  });
  const service = new TestApplication(store, { maxConflictRetries: 0 });
  const outcome = await service.accept(updateName(ID, "Grace"), { commandId: "twice" });
  assertEquals([outcome.version, await commandIdsOf(memory)], [2, ["created", "twice"]]);
});

Deno.test("Conflict: given what moved the head can't be read, when decided again, then nothing is stored", async () => {
  const memory = await withPerson();
  const service = new TestApplication(altered(memory, {
    append: () => Promise.resolve({ outcome: "conflict" }),
    readLast: () => Promise.reject(UNREACHABLE),
  }));
  // A person known here is appended to at once.
  await new TestApplication(memory, { cache: service.dependencies.cache }).accept(BORN);
  const failure = await assertRejects(
    () => service.handle(updateName(ID, "Grace")),
    StoreUnavailable,
  );
  assertEquals([failure.message, failure.outcome], [UNREACHABLE.message, "not stored"]);
});

Deno.test("Conflict: given heads that it was told of, when the persons are loaded again, then less than those is not believed", async () => {
  const memory = await withPerson();
  await new TestApplication(memory).accept(createPerson(OTHER_ID));
  const asked: [string, number | undefined][] = [];
  let tries = 0;
  const store = altered(memory, {
    append: (append) => {
      if (tries++ > 0) return memory.append(append);
      asked.length = 0;
      return Promise.resolve({ outcome: "conflict", heads: [1, 2] });
    },
    readLast: (personId, _deadline, head) => {
      asked.push([personId, head]);
      return memory.readLast(personId);
    },
  });
  await new TestApplication(store).accept(merge(ID, OTHER_ID));
  assertEquals(asked, [[ID, 1], [OTHER_ID, 2]]);
});

Deno.test("Conflict: given a store that fails after one, when it was someone else's, then nothing is stored", async () => {
  const memory = await withPerson();
  const store = interrupted(memory, 1);
  let tries = 0;
  const service = new TestApplication(altered(store, {
    append: (append, deadline) =>
      ++tries === 1 ? store.append(append, deadline) : Promise.reject(UNREACHABLE),
  }));
  const failure = await assertRejects(
    () => service.handle(updateName(ID, "Grace")),
    StoreUnavailable,
  );
  assertEquals(failure.outcome, "not stored");
});

/** A store that has the person, by the command "created". */
async function withPerson(): Promise<MemoryEventStore> {
  const memory = new MemoryEventStore();
  await new TestApplication(memory).accept(createPerson(ID), { commandId: "created" });
  return memory;
}

/** The store with another instance that is faster, so many times. */
function interrupted(store: EventStore, times: number): EventStore {
  const other = new TestApplication(store);
  let n = 0;
  return altered(store, {
    append: async (append, deadline) => {
      if (n++ < times) {
        await other.accept(updateName(ID, "Foreign"), { commandId: `foreign-${n}` });
      }
      return await store.append(append, deadline);
    },
  });
}

async function commandIdsOf(store: MemoryEventStore): Promise<string[]> {
  const last = await store.readLast(ID);
  const events = last && await store.readTail(last, null);
  return (events ?? []).map(({ envelope }) => envelope.causation_id);
}
