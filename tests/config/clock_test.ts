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
