import { assert, assertEquals } from "@std/assert";
import { createPerson } from "../support/command_client.ts";
import { attribute } from "../support/every_command.ts";
import { fuzz, HARMLESS_OUTCOMES } from "../support/fuzz.ts";
import { readReply } from "../support/replies.ts";
import { TestSystem } from "../support/test_system.ts";

const SEED = 20_260_101;

const PERSON_ID = "019a5c30-1234-7abc-9def-123456789abc";
const CUSTOM = { Custom: { organization: "o", attribute_name: "n", category: "c" } };
const LONG = 240_000;

/** A command with this JSON, which may be none, for a value. */
function holding(json: string): string {
  const recorded = attribute(CUSTOM, { Json: "(json)" });
  const command = { RecordAttribute: { person_id: PERSON_ID, attribute: recorded } };
  return JSON.stringify(command).replace('"(json)"', json);
}

/** Payloads that some reader of JSON took very long for, or broke off at. */
const HOSTILE: [what: string, payload: string | Uint8Array, code: string][] = [
  ["nothing", "", "ParseError"],
  ["binary", crypto.getRandomValues(new Uint8Array(60_000)), "ParseError"],
  ["300 KiB", " ".repeat(300 * 1024), "ValidationError"],
  ["as much as the server takes", new Uint8Array(1024 * 1024 - 1024), "ValidationError"],
  ["blanks", " ".repeat(LONG), "ParseError"],
  ["lists never closed", "[".repeat(LONG), "ParseError"],
  ["lists in lists", "[".repeat(LONG / 2) + "]".repeat(LONG / 2), "ValidationError"],
  ["objects in objects", '{"a":'.repeat(40_000) + "1" + "}".repeat(40_000), "ValidationError"],
  ["a __proto__ key deep inside", holding('[{"__proto__":{"admin":true}}]'), "ParseError"],
  ["an endless whole number", holding("1".repeat(LONG)), "ValidationError"],
  ["an endless fraction", holding(`1.${"0".repeat(LONG)}1`), "ValidationError"],
  ["an endless exponent", holding(`1e${"9".repeat(LONG)}`), "ValidationError"],
  ["too small a number", holding("1e-999"), "ValidationError"],
  ["many long numbers", holding(`[${"1234567890123456,".repeat(14_000)}1]`), "accepted"],
  ["many keys", holding(JSON.stringify(manyKeys())), "accepted"],
  ["many backslashes", holding(`["${"\\".repeat(LONG)}", 12345678901234567]`), "ValidationError"],
  ["half a character", holding('"\\ud800"'), "ParseError"],
  ["many unknown fields", JSON.stringify({ CreatePerson: manyKeys() }), "ValidationError"],
  ["an endless name of a command", `{"${"x".repeat(LONG)}":{}}`, "ParseError"],
  [
    "an endless moment",
    JSON.stringify({
      RecordAttribute: {
        person_id: PERSON_ID,
        attribute: attribute(CUSTOM, { DateTime: `2024-01-01T00:00:00.${"0".repeat(LONG)}` }),
      },
    }),
    "ValidationError",
  ],
  [
    "wrong types throughout",
    JSON.stringify({ CreatePerson: { person_id: 1, name: [], source: {} } }),
    "ValidationError",
  ],
];

function manyKeys(): Record<string, number> {
  return Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`key ${n}`, n]));
}

Deno.test("hostile payloads are answered soon, and the next command is served", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  await system.startService();
  await client.send(createPerson(PERSON_ID));
  const codes: [string, string][] = [];
  for (const [what, payload] of HOSTILE) {
    const { error } = readReply(await client.request(payload, {}, { timeoutMs: 5_000 }));
    codes.push([what, error?.code ?? "accepted"]);
  }
  assertEquals(codes, HOSTILE.map(([what, , code]) => [what, code]));
  assertEquals((await client.send(createPerson(crypto.randomUUID()))).version, 1);
});

Deno.test("100,000 odd messages are answered one by one, and the memory stays as it is", async () => {
  await using system = await TestSystem.start();
  const service = await system.startService({ CACHE_BYTES: "1MiB" });
  const options = { seed: SEED, messages: 100_000, settledAfter: 50_000 };
  const { outcomes, settledKib, endKib } = await fuzz(system.client, service.pid, options);
  assert(endKib < 1.2 * settledKib, `${settledKib} KiB grew to ${endKib} KiB`);
  // Else the messages would not have been odd enough.
  assertEquals(new Set(outcomes.keys()), HARMLESS_OUTCOMES);
  assertEquals((await system.client.send(createPerson(crypto.randomUUID()))).version, 1);
});
