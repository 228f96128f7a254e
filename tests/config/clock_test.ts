import { assertEquals } from "@std/assert";
import { systemClock } from "../../src/clock.ts";

Deno.test("systemClock: given any moment, when asked, then it tells that very millisecond", () => {
  let milliseconds = 0;
  for (let last = ""; milliseconds < 20;) {
    const before = new Date().toISOString();
    const told = systemClock.now();
    const after = new Date().toISOString();
    assertEquals(before <= told && told <= after, true, `${before} ${told} ${after}`);
    if (told !== last) milliseconds++;
    last = told;
  }
});

Deno.test("systemClock: given a clock that is set back, when asked, then it tells the time that it was set to", () => {
  const { now } = Date;
  try {
    for (const ms of [1_000, 1_000, 500, 2_000]) {
      Date.now = () => ms;
      assertEquals(systemClock.now(), new Date(ms).toISOString());
    }
  } finally {
    Date.now = now;
  }
});
