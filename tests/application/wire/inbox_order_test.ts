import { assertEquals } from "@std/assert";
import { InboxOrder } from "../../../src/nats/inbox/inbox_order.ts";

Deno.test("Inbox order: given messages before it, when they are done, here or elsewhere, then it is its turn", async () => {
  let floor = 4;
  const order = new InboxOrder(() => Promise.resolve(floor), clockAt(() => 0));
  assertEquals(await isTurnOf(order, 5), true);
  const sixth = isTurnOf(order, 6);
  const seventh = isTurnOf(order, 7);
  floor = 5;
  noteDone(order, 5);
  assertEquals(await sixth, true);
  // Of this nobody here takes note.
  floor = 6;
  assertEquals(await seventh, true);
});

Deno.test("Inbox order: given a message that stays stuck, when a later one has waited 45 s, then it is its turn", async () => {
  let nowMs = 1_000;
  const order = new InboxOrder(() => {
    nowMs += 1_500;
    return Promise.resolve(0);
  }, clockAt(() => nowMs));
  assertEquals(await isTurnOf(order, 7), true);
  assertEquals(nowMs, 46_000);
});

Deno.test("Inbox order: given several that have waited long enough, then the first ones are told first", async () => {
  let nowMs = 0;
  const order = new InboxOrder(async () => {
    await Promise.resolve();
    nowMs += 1_500;
    return 0;
  }, clockAt(() => nowMs));
  const told: number[] = [];
  const sequences = [9, 7, 8];
  await Promise.all(sequences.map(async (each) => {
    await isTurnOf(order, each);
    told.push(each);
  }));
  assertEquals(told, [7, 8, 9]);
});

Deno.test("Inbox order: given a process that stood still, when it goes on, then what waited is given back, whatever is done and however long it was", async () => {
  for (const stoodStillMs of [10_000, 60_000]) {
    let nowMs = 1_000;
    const order = new InboxOrder(() => {
      nowMs += stoodStillMs;
      return Promise.resolve(6);
    }, clockAt(() => nowMs));
    assertEquals(await isTurnOf(order, 7), false);
  }
});

Deno.test("Inbox order: given no answer to what is done, then it goes on waiting for two seconds, and is given back after that", async () => {
  let nowMs = 0;
  let failures = 0;
  const order = new InboxOrder(() => {
    nowMs += 500;
    if (failures-- > 0) return Promise.reject(new Error("No leader"));
    return Promise.resolve(6);
  }, clockAt(() => nowMs));
  failures = 2;
  assertEquals(await isTurnOf(order, 7), true);
  failures = 10;
  assertEquals(await isTurnOf(order, 7), false);
});

Deno.test("Inbox order: given a message that was given back, when it comes again 45 s after it first waited, then it is its turn, though nothing tells what is done, but not after a long outage", async () => {
  let nowMs = 0;
  const order = new InboxOrder(() => {
    nowMs += 3_000;
    return Promise.reject(new Error("No leader"));
  }, clockAt(() => nowMs));
  assertEquals(await isTurnOf(order, 7), false);
  nowMs = 44_999;
  assertEquals(await isTurnOf(order, 7), false);
  nowMs = 45_000;
  assertEquals(await isTurnOf(order, 7), true);
  // It could not be done then, for whatever reason.
  nowMs = 134_999;
  assertEquals(await isTurnOf(order, 7), true);
  // After a long outage earlier ones come late.
  nowMs = 224_999;
  assertEquals(await isTurnOf(order, 7), false);
});

Deno.test("Inbox order: given another message with its sequence, in a stream made anew, then that waits for itself", async () => {
  let nowMs = 0;
  const readFloor = () => {
    nowMs += 3_000;
    return Promise.reject(new Error("No leader"));
  };
  const order = new InboxOrder(readFloor, clockAt(() => nowMs));
  assertEquals(await isTurnOf(order, 7), false);
  nowMs = 60_000;
  assertEquals(await order.isTurnOf({ ...deliveryOf(7), storedAtNs: "2" }), false);
});

Deno.test("Inbox order: given more messages than may wait, then the first ones do, and those behind are given back", async () => {
  let floor = 0;
  const order = new InboxOrder(() => Promise.resolve(floor), clockAt(() => 0));
  const turns = Array.from({ length: 256 }, (_, n) => isTurnOf(order, n + 10));
  assertEquals(await isTurnOf(order, 500), false);
  const first = isTurnOf(order, 9);
  assertEquals(await turns[255], false);
  floor = 500;
  assertEquals([await first, await turns[254]], [true, true]);
});

Deno.test("Inbox order: given one for which there was no room, when it comes again after 45 s, then it is its turn, though as many wait", async () => {
  let nowMs = 0;
  const order = new InboxOrder(() => Promise.resolve(0), clockAt(() => nowMs));
  const turns = Array.from({ length: 256 }, (_, n) => isTurnOf(order, n + 10));
  assertEquals(await isTurnOf(order, 500), false);
  nowMs = 1_500;
  assertEquals(await isTurnOf(order, 501), false);
  nowMs = 45_000;
  assertEquals(await isTurnOf(order, 500), true);
  assertEquals(await isTurnOf(order, 501), false);
  order.stop();
  await Promise.all(turns);
});

Deno.test("Inbox order: given an order that is stopped, then nothing waits any more", async () => {
  const order = new InboxOrder(() => Promise.resolve(0), clockAt(() => 0));
  const turn = isTurnOf(order, 7);
  order.stop();
  assertEquals([await turn, await isTurnOf(order, 8)], [false, false]);
});

function isTurnOf(order: InboxOrder, sequence: number): Promise<boolean> {
  return order.isTurnOf(deliveryOf(sequence));
}

function noteDone(order: InboxOrder, sequence: number): void {
  order.noteDone(deliveryOf(sequence));
}

function deliveryOf(sequence: number) {
  return { stream: "PERSON_EVENTS_INBOX", sequence, count: 1, storedAtNs: "1" };
}

function clockAt(monotonicMs: () => number): { now: () => string; monotonicMs: () => number } {
  return { now: () => new Date(0).toISOString(), monotonicMs };
}
