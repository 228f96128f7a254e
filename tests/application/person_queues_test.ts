import { assertEquals, assertRejects } from "@std/assert";
import { Overloaded } from "../../src/application/failures.ts";
import { assertRefused, TestQueues } from "../support/test_queues.ts";

Deno.test("PersonQueues: given commands of one person, when run, then one after the other as they came", async () => {
  const queues = new TestQueues();
  for (const name of ["1", "2", "3"]) queues.enter(name, ["a"]);
  assertEquals(queues.running, ["1"]);
  await queues.finish("1");
  assertEquals(queues.running, ["2"]);
  await queues.finish("2");
  assertEquals(queues.running, ["3"]);
});

Deno.test("PersonQueues: given commands of several persons, when run, then at the same time", () => {
  const queues = new TestQueues();
  for (const person of ["a", "b", "c"]) queues.enter(person, [person]);
  assertEquals(queues.running, ["a", "b", "c"]);
});

Deno.test("PersonQueues: given what is returned or thrown, when run, then the caller gets it and the next one starts", async () => {
  const { queues } = new TestQueues();
  const failing = [
    () => Promise.reject(new Error("failed")),
    () => {
      throw new Error("failed");
    },
  ];
  for (const task of failing) {
    await assertRejects(() => queues.run(["a"], 1, Infinity, task), Error, "failed");
    assertEquals(await queues.run(["a"], 1, Infinity, () => Promise.resolve("done")), "done");
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(queues.size, 0);
  }
});

Deno.test("PersonQueues: given no free slot, when commands wait for their person, then they take none", async () => {
  const queues = new TestQueues({ maxInFlight: 2 });
  for (const name of ["a1", "a2", "a3"]) queues.enter(name, ["a"]);
  queues.enter("b1", ["b"]);
  queues.enter("c1", ["c"]);
  assertEquals(queues.running, ["a1", "b1"]);
  await queues.finish("a1");
  // The one that was ready first.
  assertEquals(queues.running, ["b1", "c1"]);
  await queues.finish("c1");
  assertEquals(queues.running, ["b1", "a2"]);
});

Deno.test("PersonQueues: given a merge, when it waits for one person, then the other's later commands wait for it", async () => {
  const queues = new TestQueues();
  queues.enter("a1", ["a"]);
  queues.enter("merge", ["a", "b"]);
  queues.enter("b1", ["b"]);
  queues.enter("a2", ["a"]);
  queues.enter("c1", ["c"]);
  assertEquals(queues.running, ["a1", "c1"]);
  await queues.finish("a1");
  assertEquals(queues.running, ["c1", "merge"]);
  await queues.finish("merge");
  assertEquals(queues.running, ["c1", "a2", "b1"]);
});

Deno.test("PersonQueues: given merges in a circle and a person with itself, when run, then each has its turn", async () => {
  const queues = new TestQueues();
  for (const pair of ["ab", "bc", "ca", "aa", "ba"]) queues.enter(pair, [...pair]);
  for (const pair of ["ab", "bc", "ca", "aa", "ba"]) {
    assertEquals(queues.running, [pair]);
    await queues.finish(pair);
  }
  assertEquals(queues.queues.size, 0);
});

Deno.test("PersonQueues: given as many waiting as may, when one more comes, then it is refused at once", async () => {
  const queues = new TestQueues({ maxInFlight: 1, maxQueued: 2 });
  for (const person of ["a", "b", "c"]) queues.enter(person, [person]);
  await assertRefused(queues, ["d"], "2 commands are waiting already");
  await queues.finish("a");
  queues.enter("e", ["e"]);
  assertEquals(queues.running, ["b"]);
});

Deno.test("PersonQueues: given as many bytes waiting as may, when more come, then they are refused", async () => {
  const queues = new TestQueues({ maxInFlight: 1, maxQueuedBytes: 100 });
  queues.enter("a", ["a"], { bytes: 100 });
  queues.enter("b", ["b"], { bytes: 60 });
  await assertRefused(queues, ["c"], "60 bytes of commands are waiting already", 41);
  queues.enter("d", ["d"], { bytes: 40 });
  await queues.finish("a");
  queues.enter("e", ["e"], { bytes: 60 });
  assertEquals(queues.running, ["b"]);
});

Deno.test("PersonQueues: given as many for one person as may, when one more comes, then others are still taken", async () => {
  const queues = new TestQueues({ maxQueuedPerPerson: 3 });
  for (const name of ["a1", "a2", "a3"]) queues.enter(name, ["a"]);
  for (const ids of [["a"], ["b", "a"]]) {
    await assertRefused(queues, ids, '3 commands are waiting for person "a" already');
  }
  queues.enter("b1", ["b"]);
  assertEquals(queues.running, ["a1", "b1"]);
  await queues.finish("a1");
  queues.enter("a4", ["a"]);
});

Deno.test("PersonQueues: given a deadline that passes while it waits, when its turn comes, then it is not run", async () => {
  const queues = new TestQueues();
  queues.enter("first", ["a"], { deadline: 1_000 });
  const late = queues.enter("late", ["a", "b"], { deadline: 1_000 });
  queues.enter("patient", ["a"], { deadline: 1_001 });
  queues.enter("other", ["b"], { deadline: 1_001 });
  queues.timeMs = 1_000;
  await queues.finish("first");
  await assertRejects(() => late, Overloaded, "The command waited until its deadline");
  assertEquals(queues.started, ["first", "patient", "other"]);
});

Deno.test("PersonQueues: given thousands that are late, when their turn comes, then all are refused at once", async () => {
  const queues = new TestQueues({ maxQueued: 20_000, maxQueuedPerPerson: 20_000 });
  queues.enter("first", ["a"]);
  const late = Array.from({ length: 10_000 }, () => queues.enter("late", ["a"], { deadline: 1 }));
  queues.timeMs = 1;
  await queues.finish("first");
  const results = await Promise.allSettled(late);
  assertEquals(results.filter(({ status }) => status === "rejected").length, 10_000);
  assertEquals(queues.queues.size, 0);
});
