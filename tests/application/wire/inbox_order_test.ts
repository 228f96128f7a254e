import { assertEquals, assertRejects } from "@std/assert";
import { InboxOrder } from "../../../src/nats/inbox/inbox_order.ts";

Deno.test("Inbox order: given messages before it, when they are done, here or elsewhere, then it is its turn", async () => {
  let floor = 4;
  const order = new InboxOrder(() => Promise.resolve(floor), clockAt(() => 0));
  assertEquals(await order.isTurnOf(5), true);
  const sixth = order.isTurnOf(6);
  const seventh = order.isTurnOf(7);
  floor = 5;
  order.noteDone();
  assertEquals(await sixth, true);
  // Of this nobody here takes note.
  floor = 6;
  assertEquals(await seventh, true);
});

Deno.test("Inbox order: given a message that stays stuck, when a later one has waited 45 s, then it is its turn", async () => {
  let nowMs = 1_000;
  const order: InboxOrder = new InboxOrder(() => {
    nowMs += 1_000;
    order.noteDone();
    return Promise.resolve(0);
  }, clockAt(() => nowMs));
  assertEquals(await order.isTurnOf(7), true);
  assertEquals(nowMs, 46_000);
});

Deno.test("Inbox order: given a process that stood still, when it goes on, then what waited is given back", async () => {
  let nowMs = 1_000;
  const order = new InboxOrder(() => {
    nowMs += 10_000;
    return Promise.resolve(0);
  }, clockAt(() => nowMs));
  assertEquals(await order.isTurnOf(7), false);
});

Deno.test("Inbox order: given more messages than may wait, then the first ones do, and those behind are given back", async () => {
  let floor = 0;
  const order = new InboxOrder(() => Promise.resolve(floor), clockAt(() => 0));
  const turns = Array.from({ length: 256 }, (_, n) => order.isTurnOf(n + 10));
  assertEquals(await order.isTurnOf(500), false);
  const first = order.isTurnOf(9);
  assertEquals(await turns[255], false);
  floor = 500;
  assertEquals([await first, await turns[254]], [true, true]);
});

Deno.test("Inbox order: given an order that is stopped, then nothing waits any more", async () => {
  const order = new InboxOrder(() => Promise.resolve(0), clockAt(() => 0));
  const turn = order.isTurnOf(7);
  order.stop();
  assertEquals([await turn, await order.isTurnOf(8)], [false, false]);
});

Deno.test("Inbox order: given no answer to what is done, then what waits is told so, and asks again", async () => {
  let isUp = false;
  const readFloor = () => isUp ? Promise.resolve(6) : Promise.reject(new Error("No leader"));
  const order = new InboxOrder(readFloor, clockAt(() => 0));
  await assertRejects(() => order.isTurnOf(7), Error, "No leader");
  isUp = true;
  assertEquals(await order.isTurnOf(7), true);
});

function clockAt(monotonicMs: () => number): { now: () => string; monotonicMs: () => number } {
  return { now: () => new Date(0).toISOString(), monotonicMs };
}
