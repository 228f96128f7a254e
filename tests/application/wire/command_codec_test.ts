import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { BadCommand } from "../../../src/nats/bad_command.ts";
import { decodeCommand } from "../../../src/nats/command_codec.ts";
import { createPerson, plainName } from "../../support/command_client.ts";
import { attribute } from "../../support/every_command.ts";
import { sendableCommand } from "../../support/test_application.ts";
import type { ReceivedCommand } from "../../../src/application/received_command.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
/** Made with other means, of {"CreatePerson":{"name":{"components":{"family_names":[… */
const HASH = "PpFbfbOuedY-DeRfAbcAfGJM9q4CxOuSrOLbWPYLo-s";
const CUSTOM = { Custom: { organization: "o", attribute_name: "a", category: "c" } };

Deno.test("decodeCommand: given a command without headers, when decoded, then the service names it", async () => {
  const received = await decode(createPerson(ID));
  assertEquals(received, {
    command: {
      type: "CreatePerson",
      data: {
        person_id: ID,
        name: {
          components: {
            given_names: ["Ada"],
            family_names: ["Lovelace"],
            patronymic: null,
            matronymic: null,
            prefixes: [],
            suffixes: [],
          },
          preferred_form: null,
          naming_convention: "Western",
        },
        source: "test",
      },
    },
    commandId: received.commandId,
    commandHash: HASH,
    correlationId: received.commandId,
    expectedVersion: null,
    traceparent: null,
    bytes: received.bytes,
  });
  // RFC 9562: version 7, so that ids made later sort later.
  assertEquals(
    /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}/.test(received.commandId),
    true,
  );
  assertNotEquals((await decode(createPerson(ID))).commandId, received.commandId);
});

Deno.test("decodeCommand: given the same command written otherwise, when decoded, then its hash is the same", async () => {
  const name = Object(plainName("Ada"));
  const forms = [
    { CreatePerson: { person_id: ID, name, source: "test" } },
    { CreatePerson: { source: "test", person_id: ID, name } },
    { CreatePerson: { person_id: { id: ID.toUpperCase() }, name, source: "test" } },
    { CreatePerson: { person_id: `urn:uuid:${ID}`, name, source: "test" } },
    { CreatePerson: { person_id: ID, name: { ...name, preferred_form: null }, source: "test" } },
    {
      CreatePerson: {
        person_id: ID,
        name: { ...name, naming_convention: { Western: null } },
        source: "test",
      },
    },
  ];
  const hashes = await Promise.all(forms.map(async (form) => (await decode(form)).commandHash));
  assertEquals([...new Set(hashes)], [HASH]);
});

Deno.test("decodeCommand: given another command, when decoded, then its hash is another", async () => {
  const values = [
    { Text: "1" },
    { Integer: 1 },
    { Json: "1" },
    { Json: [1] },
    { Json: [[1]] },
    {
      Json: { a: "b" },
    },
    { Json: { "a:b": 1 } },
    { Json: { a: [null] } },
    { Json: { a: [] } },
  ];
  const commands = [
    createPerson(ID),
    createPerson(ID, "Eva"),
    createPerson(crypto.randomUUID()),
    ...values.map((value) => ({
      RecordAttribute: { person_id: ID, attribute: attribute(CUSTOM, value) },
    })),
  ];
  const decoded = await Promise.all(commands.map(decode));
  assertEquals(new Set(decoded.map(({ commandHash }) => commandHash)).size, 12);
});

Deno.test("decodeCommand: given any command, when its keys come in another order, then its hash is the same", async () => {
  await fc.assert(fc.asyncProperty(sendableCommand, async (command) => {
    const other = await decode(reversed(command));
    assertEquals(other.commandHash, (await decode(command)).commandHash);
  }));
});

Deno.test("decodeCommand: given an unknown field, when decoded, then it is named", async () => {
  const problems = await problemsOf({ CreatePerson: { person_id: ID, naem: 1 } });
  const [problem] = problems.filter(({ path }) => path.includes("naem"));
  assertEquals(problem, { path: "CreatePerson.naem", message: "Unknown field" });
});

Deno.test("decodeCommand: given several mistakes, when decoded, then each is listed with its path", async () => {
  const name = { components: { given_names: [" "], family_names: [1] }, naming_convention: "West" };
  const error = await badCommand({ CreatePerson: { person_id: "x", name } });
  assertEquals(error.details?.map(({ path }) => path), [
    "CreatePerson.person_id",
    "CreatePerson.name.components.given_names.0",
    "CreatePerson.name.components.family_names.0",
    "CreatePerson.name.naming_convention",
    "CreatePerson.source",
  ]);
  assertEquals(
    error.message,
    '"CreatePerson.person_id": Expected a person id (a UUID) (and 4 more)',
  );
});

Deno.test("decodeCommand: given what is not one command, when decoded, then it is a ParseError", async () => {
  const create = createPerson(ID);
  const others = ["", "{", "null", "[]", '"CreatePerson"', "{}", '{"createPerson": {}}', "\xff"];
  const both = { ...Object(create), ArchivePerson: { person_id: ID, reason: "r" } };
  for (const other of [...others, JSON.stringify([create]), JSON.stringify(both)]) {
    assertEquals((await badCommand(other)).code, "ParseError", other);
  }
});

Deno.test("decodeCommand: given a command of 256 KiB, when decoded, then it is read; a byte more is refused", async () => {
  const text = JSON.stringify(createPerson(ID));
  assertEquals((await decode(text.padEnd(256 * 1024))).bytes, 256 * 1024);
  const error = await badCommand(text.padEnd(256 * 1024 + 1));
  assertEquals([error.code, error.message], [
    "ValidationError",
    "The command has 262145 bytes, at most 262144 are allowed",
  ]);
});

Deno.test("decodeCommand: given numbers that are longer when written, when decoded, then their written size counts", async () => {
  const commandOf = (count: number) =>
    JSON.stringify({
      RecordAttribute: { person_id: ID, attribute: attribute(CUSTOM, { Json: ["numbers"] }) },
    }).replace('"numbers"', Array(count).fill("1e20").join());
  assertEquals((await decode(commandOf(1_000))).bytes > 22_000, true);
  const { code, message } = await badCommand(commandOf(20_000));
  const [, bytes] = message.match(/^The command has (\d+) bytes when written out in full, /) ??
    [];
  assertEquals([code, Number(bytes) > 20_000 * 22], ["ValidationError", true], message);
});

Deno.test("decodeCommand: given thousands of unknown fields, when refused, then the reply stays small", async () => {
  const fields = Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`field-${n}`, 0]));
  const error = await badCommand({ CreatePerson: fields });
  assertEquals(error.details?.length, 100);
  assertEquals(JSON.stringify(error.details).length < 10_000, true);
  assertEquals(error.message.length < 1_000, true);
});

Deno.test("decodeCommand: given hundreds of mistakes, when refused, then a hundred are listed", async () => {
  const name = { components: { given_names: Array(200).fill(0) }, naming_convention: "Western" };
  const error = await badCommand({ CreatePerson: { person_id: ID, name, source: "test" } });
  assertEquals(error.details?.length, 100);
  assertEquals(error.details?.at(-1)?.path, "CreatePerson.name.components.given_names.99");
  assertEquals(error.message.endsWith("(and 199 more)"), true);
});

async function decode(payload: unknown): Promise<ReceivedCommand> {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return await decodeCommand({ data: new TextEncoder().encode(text) });
}

async function badCommand(payload: unknown): Promise<BadCommand> {
  return await assertRejects(() => decode(payload), BadCommand);
}

async function problemsOf(payload: unknown) {
  return (await badCommand(payload)).details ?? [];
}

/** The same JSON with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, reversed(member)] as const);
  return Object.fromEntries(members.reverse());
}
