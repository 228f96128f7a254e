import { assertEquals, assertRejects } from "@std/assert";
import { headers, MsgImpl } from "@nats-io/transport-node";
import { BadCommand } from "../../../src/nats/bad_command.ts";
import { decodeCommand } from "../../../src/nats/command_codec.ts";
import { createPerson } from "../../support/command_client.ts";
import type { ReceivedCommand } from "../../../src/application/received_command.ts";

type Fields = [name: string, value: string][];

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

Deno.test("Headers: given all of them, when decoded, then they are taken over", async () => {
  const { commandId, correlationId, expectedVersion, traceparent } = await decode([
    ["Nats-Msg-Id", "order-1/7"],
    ["Correlation-Id", "Größe 山田 ok"],
    ["Expected-Version", "3"],
    ["traceparent", TRACEPARENT],
    ["X-Other", "whatever"],
  ]);
  assertEquals([commandId, correlationId, expectedVersion, traceparent], [
    "order-1/7",
    "Größe 山田 ok",
    3,
    TRACEPARENT,
  ]);
});

Deno.test("Headers: given names in any case, when decoded, then they are the same headers", async () => {
  for (
    const change of [(name: string) => name.toLowerCase(), (name: string) => name.toUpperCase()]
  ) {
    const { commandId, correlationId, expectedVersion, traceparent } = await decode([
      [change("Nats-Msg-Id"), "id"],
      [change("Correlation-Id"), "correlation"],
      [change("Expected-Version"), "0"],
      [change("traceparent"), TRACEPARENT],
    ]);
    assertEquals([commandId, correlationId, expectedVersion, traceparent], [
      "id",
      "correlation",
      0,
      TRACEPARENT,
    ]);
  }
});

Deno.test("Headers: given a command id and no correlation id, when decoded, then it stands for both", async () => {
  assertEquals((await decode([["Nats-Msg-Id", "id"]])).correlationId, "id");
});

Deno.test("Headers: given the longest values, when decoded, then they are kept", async () => {
  const longest: Fields = [
    ["Nats-Msg-Id", "!".repeat(128)],
    ["Correlation-Id", "🙂".repeat(256)],
    ["Expected-Version", "999999999999999"],
  ];
  const { commandId, correlationId, expectedVersion } = await decode(longest);
  const kept = [commandId, correlationId, String(expectedVersion)];
  assertEquals(kept, longest.map(([, value]) => value));
});

Deno.test("Headers: given a malformed one, when decoded, then it is named with the rule", async () => {
  const rules: Record<string, [rule: string, values: string[]]> = {
    "Nats-Msg-Id": [
      "must be 1 to 128 printable ASCII characters without spaces",
      ["", "a b", "a\tb", "é", "~".repeat(129), "\x7f"],
    ],
    "Correlation-Id": [
      "must be 1 to 256 printable characters",
      ["", "a\x00b", "a\u200bb", "x".repeat(257)],
    ],
    "Expected-Version": [
      "must be a whole number from 0 on",
      ["", "-1", "1.0", "1e3", "0x1", "one", "1 2", "9".repeat(16), "١"],
    ],
  };
  for (const [name, [message, values]] of Object.entries(rules)) {
    for (const value of values) {
      const expected = [{ path: `headers.${name}`, message }];
      assertEquals(
        await problemsOf([[name.toLowerCase(), value]]),
        expected,
        JSON.stringify(value),
      );
    }
  }
});

Deno.test("Headers: given one twice, in whatever case, when decoded, then it is refused", async () => {
  for (const name of ["Nats-Msg-Id", "Correlation-Id", "Expected-Version"]) {
    for (const again of [name, name.toLowerCase()]) {
      assertEquals(await problemsOf([[name, "1"], [again, "1"]]), [
        { path: `headers.${name}`, message: "must be given once" },
      ]);
    }
  }
});

Deno.test("Headers: given a bad traceparent, when decoded, then it is ignored", async () => {
  const [version = "", trace = "", span = "", flags = ""] = TRACEPARENT.split("-");
  const bad = [
    "",
    "x",
    TRACEPARENT.toUpperCase(),
    TRACEPARENT.slice(1),
    `${TRACEPARENT}-`,
    `ff-${trace}-${span}-${flags}`,
    `${version}-${"0".repeat(32)}-${span}-${flags}`,
    `${version}-${trace}-${"0".repeat(16)}-${flags}`,
  ];
  for (const value of bad) {
    assertEquals((await decode([["traceparent", value]])).traceparent, null, value);
  }
  const twice: Fields = [["traceparent", TRACEPARENT], ["Traceparent", TRACEPARENT]];
  assertEquals((await decode(twice)).traceparent, null);
});

Deno.test("Headers: given mistakes in headers and command, when decoded, then all are listed at once", async () => {
  const fields: Fields = [["Nats-Msg-Id", "a b"], ["Expected-Version", "x"], [
    "Correlation-Id",
    "",
  ]];
  const error = await badCommand(fields, { CreatePerson: { person_id: ID } });
  assertEquals(error.details?.map(({ path }) => path), [
    "CreatePerson.name",
    "CreatePerson.source",
    "headers.Expected-Version",
    "headers.Nats-Msg-Id",
    "headers.Correlation-Id",
  ]);
});

Deno.test("Headers: given a name that the client does not read, when decoded, then it is refused", async () => {
  for (const name of ["two words", "naïve", "\x01"]) {
    assertEquals(await pathsOf(`${name}: x\r\n`), ["headers"], name);
  }
});

Deno.test("Headers: given a megabyte of them, when decoded, then they are refused unread", async () => {
  const lines = Array.from({ length: 150_000 }, (_, n) => `${n.toString(36)}:\r\n`);
  assertEquals(await pathsOf(lines.join("")), ["headers"]);
});

Deno.test("Headers: given lines without a name or a colon, when decoded, then they are passed over", async () => {
  assertEquals(await pathsOf("nonsense\r\n\r\n"), []);
});

async function decode(
  fields: Fields,
  command: unknown = createPerson(ID),
): Promise<ReceivedCommand> {
  const made = headers();
  for (const [name, value] of fields) made.append(name, value);
  return await decodeCommand({ data: encode(JSON.stringify(command)), headers: made });
}

async function badCommand(fields: Fields, command?: unknown): Promise<BadCommand> {
  return await assertRejects(() => decode(fields, command), BadCommand);
}

async function problemsOf(fields: Fields) {
  return (await badCommand(fields)).details;
}

/** What is found wrong in a message with these header lines, as the client hands it over. */
async function pathsOf(lines: string): Promise<string[]> {
  const block = encode(`NATS/1.0\r\n${lines}\r\n`);
  const bytes = new Uint8Array([...block, ...encode(JSON.stringify(createPerson(ID)))]);
  const fields = { subject: encode("person.commands.x"), sid: 1, hdr: block.length };
  const message = new MsgImpl(
    { ...fields, size: bytes.length, reply: new Uint8Array() },
    bytes,
    { publish: () => {} },
  );
  try {
    await decodeCommand(message);
    return [];
  } catch (error) {
    if (!(error instanceof BadCommand)) throw error;
    return error.details?.map(({ path }) => path) ?? [];
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
