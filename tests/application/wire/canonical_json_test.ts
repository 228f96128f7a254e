import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalJson } from "../../../src/nats/canonical_json.ts";

/** As wire.md has it, without a thought for time. */
function plainly(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(plainly).join(",")}]`;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, each]) => `${JSON.stringify(name)}:${plainly(each)}`).join(",")}}`;
}

const NAMES = ["", "0", "9", "10", "a", "b", "A", "é", '"', "constructor", "length"];

Deno.test("canonicalJson: given objects of many kinds, when each comes again, then it is written the same", () => {
  const leaf = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...NAMES), tie("value"), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, (made) => {
      for (let times = 0; times < 2; times++) assertEquals(canonicalJson(made), plainly(made));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("canonicalJson: given more kinds of objects than it remembers, then each is written the same", () => {
  for (let n = 0; n < 5_000; n++) {
    const made = { [`z${n % 7}`]: n, [`y${n}`]: null, [`x${n}`]: [{ b: n, a: "" }] };
    assertEquals(canonicalJson(made), plainly(made));
  }
});
