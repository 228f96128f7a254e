import { assertEquals, assertRejects } from "@std/assert";
import { Overloaded } from "../../src/application/failures.ts";
import { assertRefused, TestQueues } from "../support/test_queues.ts";

Deno.test("PersonQueues: given many commands behind a person's next one, when that starts, then it takes them over", async () => {
  const queues = new TestQueues();
  queues.enter("first", ["a"]);
  const names = Array.from({ length: 10 }, (_, n) => `a${n}`);
  for (const name of names) queues.enter(name, ["a"], { join: name });
  queues.enter("b", ["b"]);
  await queues.finish("first");
  assertEquals([queues.running, queues.joined], [["b", "a0"], names.slice(1)]);
  queues.enter("last", ["a"], { join: "last" });
  await queues.finish("a0");
  assertEquals(queues.started, ["first", "b", "a0", "last"]);
  assertEquals(queues.queues.size, 2);
});

Deno.test("PersonQueues: given few commands behind a person's next one, when that starts, then it is alone", async () => {
  const queues = new TestQueues();
  queues.enter("first", ["a"]);
  for (let n = 0; n < 7; n++) queues.enter(`a${n}`, ["a"], { join: `a${n}` });
  await queues.finish("first");
  assertEquals([queues.running, queues.joined], [["a0"], []]);
});

Deno.test("PersonQueues: given a command that can't be taken over, when others are, then it has its turn behind them", async () => {
  const others: Parameters<TestQueues["enter"]>[] = [
    ["merge", ["a", "b"], { join: "merge" }],
    ["lonely", ["a"], {}],
    ["large", ["a"], { join: "large", bytes: 1024 * 1024 }],
  ];
  for (const [name, personIds, options] of others) {
    const queues = new TestQueues();
    queues.enter("first", ["a"]);
    for (let n = 0; n < 9; n++) queues.enter(`a${n}`, ["a"], { join: `a${n}` });
    queues.enter(name, personIds, options);
    queues.enter("last", ["a"], { join: "last" });
    await queues.finish("first");
    assertEquals(queues.joined, Array.from({ length: 8 }, (_, n) => `a${n + 1}`));
    await queues.finish("a0");
    assertEquals(queues.running, [name]);
    await queues.finish(name);
    assertEquals(queues.running, ["last"]);
  }
});

Deno.test("PersonQueues: given a deadline that passed among many, when they are taken over, then it is refused in its turn", async () => {
  const queues = new TestQueues();
  queues.enter("first", ["a"]);
  for (let n = 0; n < 9; n++) queues.enter(`a${n}`, ["a"], { join: `a${n}` });
  const late = queues.enter("late", ["a"], { join: "late", deadline: 1_000 });
  queues.timeMs = 1_000;
  await queues.finish("first");
  await queues.finish("a0");
  await assertRejects(() => late, Overloaded, "The command waited until its deadline");
  assertEquals(queues.queues.size, 0);
});

Deno.test("PersonQueues: given commands that were taken over, when more come, then they still take their place", async () => {
  const queues = new TestQueues({ maxQueued: 12, maxQueuedPerPerson: 10 });
  queues.enter("first", ["a"]);
  for (let n = 0; n < 9; n++) queues.enter(`a${n}`, ["a"], { join: `a${n}` });
  await queues.finish("first");
  queues.enter("a9", ["a"], { join: "a9" });
  await assertRefused(queues, ["a"], '10 commands are waiting for person "a" already');
  await queues.finish("a0");
  queues.enter("a10", ["a"], { join: "a10" });
  assertEquals(queues.running, ["a9"]);
});
