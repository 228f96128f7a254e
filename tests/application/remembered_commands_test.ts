import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { AcceptedCommand } from "../../src/application/ports.ts";
import {
  REMEMBERED_COMMANDS,
  RememberedCommands,
} from "../../src/application/remembered_commands.ts";

Deno.test("RememberedCommands: given any commands, when added to any earlier ones, then each knows its own last hundred", () => {
  const step = fc.record({
    from: fc.nat(),
    id: fc.integer({ min: 0, max: 150 }),
    times: fc.nat(60),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
    const first: Pair = { actual: RememberedCommands.of([]), expected: [] };
    const made = [first];
    for (const { from, id, times } of steps) {
      let { actual, expected } = made[from % made.length] ?? first;
      for (let n = 0; n < times; n++) {
        const next = command(`c-${(id + n) % 150}`, made.length + n);
        if (expected.some((known) => known.id === next.id)) continue;
        actual = actual.with(next);
        expected = [...expected, next].slice(-REMEMBERED_COMMANDS);
      }
      made.push({ actual, expected });
    }
    for (const { actual, expected } of made) {
      assertEquals([...actual], expected);
      assertEquals(actual.size, expected.length);
      for (let id = 0; id < 150; id++) {
        assertEquals(actual.find(`c-${id}`), expected.find((known) => known.id === `c-${id}`));
      }
    }
  }));
});

Deno.test("RememberedCommands: given ids that end alike, when asked for, then each is told from the others", () => {
  const ids = Array.from({ length: 100 }, (_, n) => `${n}-the same end`);
  const commands = RememberedCommands.of(ids.map((id, n) => command(id, n + 1)));
  assertEquals(ids.map((id) => commands.find(id)?.outcome.version), ids.map((_, n) => n + 1));
  assertEquals(commands.find("100-the same end"), undefined);
});

type Pair = { actual: RememberedCommands; expected: AcceptedCommand[] };

function command(id: string, version: number): AcceptedCommand {
  return {
    id,
    hash: `h-${version}`,
    outcome: { version, eventsGenerated: 1, streamSequence: version },
  };
}
