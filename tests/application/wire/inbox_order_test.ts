import { assertEquals } from "@std/assert";
import { InboxOrder } from "../../../src/nats/inbox/inbox_order.ts";

Deno.test("Inbox order: given a message before it, when asked, then it is not its turn until that one is done", async () => {
  let floor = 5;
  const order = new InboxOrder(() => Promise.resolve(floor), clockAt(() => 0));
  assertEquals([await order.isTurnOf(6), await order.isTurnOf(7)], [true, false]);
  floor = 6;
  assertEquals(await order.isTurnOf(7), true);
});

Deno.test("Inbox order: given a message before it in work here, when asked, then it waits for that, and not for a later one", async () => {
  let floor = 5;
  const order = new InboxOrder(() => Promise.resolve(floor), clockAt(() => 0));
  const earlier = order.begin(6);
  using _self = order.begin(7);
  using _later = order.begin(8);
  const turn = order.isTurnOf(7);
  floor = 6;
  earlier[Symbol.dispose]();
  assertEquals(await turn, true);
});

Deno.test("Inbox order: given a message that stays stuck, when a later one has waited 45 s, then it is its turn", async () => {
  let nowMs = 1_000;
  const order = new InboxOrder(() => Promise.resolve(0), clockAt(() => nowMs));
  const turns: boolean[] = [];
  for (nowMs of [1_000, 45_999, 46_000]) turns.push(await order.isTurnOf(7));
  assertEquals(turns, [false, false, true]);
});

function clockAt(monotonicMs: () => number): { now: () => string; monotonicMs: () => number } {
  return { now: () => new Date(0).toISOString(), monotonicMs };
}
