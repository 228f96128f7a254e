import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Numbered } from "../../../src/nats/numbered.ts";

Deno.test("Numbered: given any comings and goings, when taken, then each value once, by its own number only", () => {
  const steps = fc.array(fc.oneof(fc.constant("add"), fc.nat(400)), { maxLength: 600 });
  fc.assert(fc.property(steps, (choices) => {
    const numbered = new Numbered<string>();
    const expected = new Map<number, string>();
    let last = 0;
    for (const choice of choices) {
      if (choice === "add") {
        const number = numbered.add(`value ${last}`);
        assertEquals(number > last, true);
        expected.set(number, `value ${last}`);
        last = number;
      } else {
        assertEquals(numbered.take(choice), expected.get(choice));
        expected.delete(choice);
      }
      assertEquals(numbered.size, expected.size);
    }
    assertEquals(new Map(numbered.entries()), expected);
  }));
});

Deno.test("Numbered: given more values than it had places for, when all are taken, then none was lost", () => {
  const numbered = new Numbered<number>();
  const numbers = Array.from({ length: 1_000 }, (_, value) => numbered.add(value));
  assertEquals(numbers.map((number) => numbered.take(number)), numbers.map((_, value) => value));
  assertEquals([numbered.size, numbered.entries()], [0, []]);
});

Deno.test("Numbered: given one that stays, when thousands come and go, then it keeps its place", () => {
  const numbered = new Numbered<string>();
  const stays = numbered.add("stays");
  for (let n = 0; n < 5_000; n++) assertEquals(numbered.take(numbered.add("goes")), "goes");
  assertEquals(numbered.entries(), [[stays, "stays"]]);
  assertEquals([numbered.take(stays + 64), numbered.take(stays)], [undefined, "stays"]);
});
