import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalJson } from "../../../src/nats/canonical_json.ts";

const NAMES = ["", "0", "9", "10", "a", "b", "A", "é", '"', "constructor", "length", "Json"];

const leaf = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie("value"), { maxKeys: 6 }),
  ),
}));

Deno.test("canonicalJson: given objects of many kinds, when each comes again, then it is written the same", () => {
  fc.assert(
    fc.property(value, (made) => {
      for (let times = 0; times < 2; times++) assertEquals(canonicalJson(made), plainly(made));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("canonicalJson: given objects that callers made up, when they were written, then nothing of them is kept", async () => {
  const source = new URL("../../../src/nats/canonical_json.ts", import.meta.url);
  const script = `
    const { canonicalJson } = await import("${source}");
    const write = (n) => {
      const members = Array.from({ length: 1_000 }, (_, m) => ["made up " + n + " " + m, m]);
      canonicalJson({ value: { Json: [Object.fromEntries(members)] } });
    };
    write(0);
    gc();
    const before = Deno.memoryUsage().heapUsed;
    for (let n = 1; n <= 300; n++) write(n);
    gc();
    console.log(Deno.memoryUsage().heapUsed - before);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--v8-flags=--expose-gc", script],
    stdin: "null",
    stderr: "inherit",
  }).output();
  const grownMb = Number(new TextDecoder().decode(stdout)) / 1e6;
  // With its name and place, each of the 300,000 members takes a hundred bytes.
  assertEquals(grownMb < 3, true, `${grownMb} MB`);
});

/** As wire.md has it, without a thought for time. */
function plainly(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(plainly).join(",")}]`;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, each]) => `${JSON.stringify(name)}:${plainly(each)}`).join(",")}}`;
}
