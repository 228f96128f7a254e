import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { StoreUnavailable } from "../../src/application/failures.ts";
import type { CommandResult } from "../../src/application/handle_command.ts";
import { handleInTurn } from "../../src/application/handle_together.ts";
import { FIXED_QUEUE_LIMITS, PersonQueues } from "../../src/application/person_queues.ts";
import type { Append, EventStore } from "../../src/application/ports.ts";
import { PERSON_IDS } from "../support/arbitraries.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { merge } from "../support/every_command.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import {
  type Accompanying,
  altered,
  counted,
  fixedClock,
  NOW,
  received,
  sendableCommand,
  TestApplication,
} from "../support/test_application.ts";

const [ID, OTHER_ID] = PERSON_IDS;
const BORN = { SetBirthDate: { person_id: ID, birth_date: "1990-01-02" } };
const LEFT = { DeactivatePerson: { person_id: ID, reason: "left" } };
const BACK = { ReactivatePerson: { person_id: ID, reason: "is back" } };

type Sent = [json: unknown, accompanying?: Accompanying];

Deno.test("handleInTurn: given many commands of one person at once, when handled, then they are stored together, in order", async () => {
  const store = counted(new MemoryEventStore());
  const service = new TestApplication(store);
  const results = await atOnce(service, [[createPerson(ID)], ...renames(40)]);
  assertEquals(results.map(versionOf), Array.from({ length: 41 }, (_, index) => index + 1));
  // The first was alone when it came.
  assertEquals([store.appends, store.reads], [2, 0]);
  assertEquals(service.stored.map(({ version }) => version), results.map(versionOf));
  assertEquals(service.dependencies.cache.get(ID)?.version, 41);
});

Deno.test("handleInTurn: given a few commands of one person at once, when handled, then each is stored by itself", async () => {
  const store = counted(new MemoryEventStore());
  const results = await atOnce(new TestApplication(store), [[createPerson(ID)], ...renames(7)]);
  assertEquals(results.map(versionOf), [1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals(store.appends, 8);
});

Deno.test("handleInTurn: given one that was delivered before among commands at once, when its person forgot it, then its first outcome is told", async () => {
  const service = new TestApplication(new MemoryEventStore({ remembersIds: false }));
  await service.accept(createPerson(ID));
  const first = await service.accept(updateName(ID, "Grace"), { commandId: "once" });
  for (let n = 0; n < 101; n++) await service.accept(updateName(ID, `Ada ${n}`));
  const again = { commandId: "once", publishedAt: NOW };
  const results = await atOnce(service, [...renames(20), [updateName(ID, "Grace"), again]]);
  assertEquals(results.map(versionOf), [
    ...Array.from({ length: 20 }, (_, index) => 104 + index),
    first.version,
  ]);
});

Deno.test("handleInTurn: given any commands at once, when handled, then the answers are those of one after the other", async () => {
  // Merges stand between the commands before and behind them, and after some commands all others are refused.
  const going = sendableCommand.filter((command) =>
    !("MergePersons" in command || "RecordDeath" in command || "ArchivePerson" in command)
  );
  const mix = fc.array(
    fc.record({
      command: fc.oneof({ arbitrary: sendableCommand, weight: 1 }, {
        arbitrary: going,
        weight: 30,
      }),
      commandId: fc.nat(40).map((n) => `c-${n}`),
      expectedVersion: fc.option(fc.nat(30), { freq: 10, nil: null }),
    }),
    { minLength: 30, maxLength: 60 },
  );
  let together = 0;
  await fc.assert(
    fc.asyncProperty(mix, async (commands) => {
      const sent = [createPerson(ID), createPerson(OTHER_ID)].map((json): Sent => [json]);
      for (const { command, ...accompanying } of commands) sent.push([command, accompanying]);
      const store = counted(new MemoryEventStore());
      const oneByOne = new TestApplication(new MemoryEventStore());
      const expected: CommandResult[] = [];
      for (const [json, accompanying] of sent) {
        expected.push(await oneByOne.handle(json, accompanying));
      }
      const results = await atOnce(new TestApplication(store), sent);
      // Persons may be interleaved in another way: places in the stream differ.
      assertEquals(results.map(withoutPlace), expected.map(withoutPlace));
      if (store.appends < results.filter((result) => "accepted" in result).length) together++;
    }),
    { numRuns: 100 },
  );
  assertEquals(together > 20, true, `${together} times together`);
});

Deno.test("handleInTurn: given a refusal on what is not yet stored, when that is stored, then it is told, and not before", async () => {
  const memory = await withPerson();
  const isStored = Promise.withResolvers<void>();
  const store = altered(memory, {
    append: async (append) => {
      if (append.length > 1) await isStored.promise;
      return await memory.append(append);
    },
  });
  const service = new TestApplication(store);
  let told = 0;
  const answers = start(service, [
    ...renames(1),
    [LEFT],
    ...renames(8, "refused"),
    [BACK],
  ]).map((answer) => answer.finally(() => told++));
  await answers[0];
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(told, 1);
  isStored.resolve();
  const results = await Promise.all(answers);
  assertEquals(results.map(codeOf), [
    "accepted",
    "accepted",
    ...Array.from({ length: 8 }, () => "InvalidStateTransition"),
    "accepted",
  ]);
});

Deno.test("handleInTurn: given only refusals, when this instance's state is out of date, then the leader is asked and decides", async () => {
  const store = counted(await withPerson());
  const service = new TestApplication(store);
  await service.accept(updateName(ID, "Grace"));
  await new TestApplication(store).accept(LEFT);
  const before = store.reads;
  // The first finds out by itself, the others are taken together.
  const results = await atOnce(service, Array.from({ length: 12 }, (): Sent => [BACK]));
  assertEquals(results.map(codeOf), [
    "accepted",
    ...Array.from({ length: 11 }, () => "InvalidStateTransition"),
  ]);
  assertEquals(store.reads - before <= 3, true, `${store.reads - before} reads`);
});

Deno.test("handleInTurn: given another's event in between, when stored together, then each is decided again by itself", async () => {
  const memory = await withPerson();
  const other = new TestApplication(memory);
  const store = altered(memory, {
    append: async (append) => {
      if (append.length > 1) await other.handle(LEFT);
      return await memory.append(append);
    },
  });
  const results = await atOnce(new TestApplication(store), [...renames(10), [BACK], ...renames(2)]);
  assertEquals(results.map(codeOf), [
    "accepted",
    ...Array.from({ length: 9 }, () => "InvalidStateTransition"),
    "accepted",
    "accepted",
    "accepted",
  ]);
});

Deno.test("handleInTurn: given a batch that was stored without an answer, when its head has moved, then its commands are known", async () => {
  const memory = await withPerson();
  const other = new TestApplication(memory);
  const store = altered(memory, {
    append: async (append) => {
      if (append.length === 1) return await memory.append(append);
      await memory.append(append);
      for (let n = 0; n < 101; n++) await other.accept(updateName(ID, "Foreign"));
      return await memory.append(append);
    },
  });
  const results = await atOnce(new TestApplication(store), renames(20));
  assertEquals(results.map(versionOf), Array.from({ length: 20 }, (_, index) => index + 2));
  assertEquals((await memory.readLast(ID))?.envelope.sequence, 21 + 101);
});

Deno.test("handleInTurn: given a batch without an answer until the deadline, when answered, then what was in it is unknown, and nothing else", async () => {
  const memory = await withPerson();
  const store = altered(memory, { append: failing(memory, "unknown") });
  const sent: Sent[] = [...renames(2), [LEFT], ...renames(9, "refused"), [BACK]];
  // Known to the person before: no part of the batch.
  sent.push([updateName(ID, "Ada 0"), { commandId: "rename-0" }]);
  const answers = await Promise.allSettled(start(new TestApplication(store), sent));
  assertEquals(answers.map(describe), [
    "accepted",
    "unknown",
    "unknown",
    ...Array.from({ length: 9 }, () => "not stored"),
    "unknown",
    "accepted",
  ]);
});

Deno.test("handleInTurn: given a batch that is not stored, when the store is there again, then each is stored by itself", async () => {
  const memory = await withPerson();
  const store = altered(memory, { append: failing(memory, "not stored") });
  const results = await atOnce(new TestApplication(store), renames(20));
  assertEquals(results.map(versionOf), Array.from({ length: 20 }, (_, index) => index + 2));
});

Deno.test("handleInTurn: given a batch, when one of it was refused elsewhere meanwhile, then that one is not stored, and each other one is by itself", async () => {
  const store = counted(await withPerson());
  const refused = () => Promise.reject(new StoreUnavailable("refused", "not stored"));
  const sent: Sent[] = renames(12).map(([json, accompanying], index) => [
    json,
    { ...accompanying, ensureNotRefused: index === 5 ? refused : () => Promise.resolve() },
  ]);
  const answers = await Promise.allSettled(start(new TestApplication(store), sent));
  assertEquals(answers.map(describe), [
    ...Array.from({ length: 5 }, () => "accepted"),
    "not stored",
    ...Array.from({ length: 6 }, () => "accepted"),
  ]);
  assertEquals(store.appends, 11);
});

Deno.test("handleInTurn: given a merge among many commands, when handled, then it has its turn by itself", async () => {
  const memory = await withPerson();
  await new TestApplication(memory).accept(createPerson(OTHER_ID));
  const appends: string[][] = [];
  const store = altered(memory, {
    append: (append) => {
      appends.push(append.map(({ envelope }) => envelope.event.type));
      return memory.append(append);
    },
  });
  const sent: Sent[] = [...renames(10), [merge(ID, OTHER_ID)], ...renames(10, "late")];
  const results = await atOnce(new TestApplication(store), sent);
  assertEquals(results.map(codeOf), [
    ...Array.from({ length: 11 }, () => "accepted"),
    ...Array.from({ length: 10 }, () => "InvariantViolation"),
  ]);
  assertEquals(appends, [
    ["NameUpdated"],
    Array.from({ length: 9 }, () => "NameUpdated"),
    ["PersonMergedInto", "PersonAbsorbed"],
  ]);
});

Deno.test("handleInTurn: given little time left, when many wait, then each is stored by itself", async () => {
  const store = counted(await withPerson());
  const results = await Promise.all(start(new TestApplication(store), renames(12), 900));
  assertEquals(results.map(codeOf), Array.from({ length: 12 }, () => "accepted"));
  assertEquals(store.appends, 12);
});

Deno.test("handleInTurn: given a history that can't be read, when many wait, then none is decided", async () => {
  const store = altered(new MemoryEventStore(), {
    readLast: () => Promise.reject(new StoreUnavailable("away", "not stored")),
  });
  for (const answer of start(new TestApplication(store), [[BORN], ...renames(10)])) {
    assertEquals((await assertRejects(() => answer, StoreUnavailable)).outcome, "not stored");
  }
});

/** Lets the commands come in at the same time, each with an id of its own unless one is given. */
function start(
  service: TestApplication,
  sent: Sent[],
  timeoutMs = 10_000,
): Promise<CommandResult>[] {
  const limits = { maxInFlight: 100, maxQueued: 1_000, ...FIXED_QUEUE_LIMITS };
  const queues = new PersonQueues(limits, fixedClock);
  const deadline = performance.now() + timeoutMs;
  return sent.map(async ([json, accompanying]) =>
    await handleInTurn(await received(json, accompanying), deadline, queues, service.dependencies)
  );
}

function atOnce(service: TestApplication, sent: Sent[]): Promise<CommandResult[]> {
  return Promise.all(start(service, sent));
}

function renames(count: number, id = "rename"): Sent[] {
  return Array.from(
    { length: count },
    (_, n) => [updateName(ID, `Ada ${n}`), { commandId: `${id}-${n}` }],
  );
}

async function withPerson(): Promise<MemoryEventStore> {
  const memory = new MemoryEventStore();
  await new TestApplication(memory).accept(createPerson(ID));
  return memory;
}

/** Fails for several commands together. */
function failing(store: EventStore, outcome: "unknown" | "not stored"): EventStore["append"] {
  return (append: Append, deadline) =>
    append.length > 1
      ? Promise.reject(new StoreUnavailable("JetStream gave no answer in time", outcome))
      : store.append(append, deadline);
}

function versionOf(result: CommandResult): number | undefined {
  return "accepted" in result ? result.accepted.version : undefined;
}

function codeOf(result: CommandResult): string {
  return "accepted" in result ? "accepted" : result.refused.code;
}

function describe(answer: PromiseSettledResult<CommandResult>): string {
  if (answer.status === "fulfilled") return codeOf(answer.value);
  return answer.reason instanceof StoreUnavailable ? answer.reason.outcome : String(answer.reason);
}

function withoutPlace(result: CommandResult): unknown {
  if ("refused" in result) return result;
  const { streamSequence: _, ...accepted } = result.accepted;
  return accepted;
}
