import { assert, assertEquals } from "@std/assert";
import { eachOf } from "../support/callers.ts";
import { createPerson } from "../support/command_client.ts";
import { attribute } from "../support/every_command.ts";
import { mutatedCommands } from "../support/mutations.ts";
import { readReply } from "../support/replies.ts";
import { TestSystem } from "../support/test_system.ts";

const SEED = 20_260_101;

/** What a payload can be refused with; the others would say that it did harm. */
const ALLOWED = new Set([
  "accepted",
  "ParseError",
  "ValidationError",
  "NotFound",
  "AlreadyExists",
  "InvalidStateTransition",
  "InvariantViolation",
]);

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

Deno.test("100,000 mutations of valid commands are answered one by one, and the memory stays as it is", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const service = await system.startService();
  const mutated = mutatedCommands(SEED);
  const codes = new Map<string, number>();
  const sendHalf = () =>
    eachOf(Array.from({ length: 50_000 }), 256, async () => {
      const payload = mutated.next().value ?? new Uint8Array();
      const { error } = await client.send(payload);
      const code = error?.code ?? "accepted";
      assert(ALLOWED.has(code), `${code}: ${new TextDecoder().decode(payload)}`);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    });
  await sendHalf();
  const atHalf = await residentKib(service.pid);
  await sendHalf();
  const atEnd = await residentKib(service.pid);
  assert(atEnd < 1.2 * atHalf, `${atHalf} KiB grew to ${atEnd} KiB`);
  // Else the mutations would not have been worth their name.
  assertEquals(new Set(codes.keys()), ALLOWED);
  assertEquals((await client.send(createPerson(crypto.randomUUID()))).version, 1);
});

/** Memory that a process takes. */
async function residentKib(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]);
}
