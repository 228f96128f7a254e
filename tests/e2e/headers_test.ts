import { assertEquals } from "@std/assert";
import { headers, type Msg } from "@nats-io/transport-node";
import { type CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { merge } from "../support/every_command.ts";
import { readReply } from "../support/replies.ts";
import { TestSystem } from "../support/test_system.ts";

Deno.test("Expected-Version: a command is accepted at that version only, and told both versions otherwise", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const { client } = system;
  const [personId, otherId] = [crypto.randomUUID(), crypto.randomUUID()];
  const at = (expected: number, command: unknown) =>
    client.send(command, { "Expected-Version": String(expected) });
  const refused = (id: string, expected: number, actual: number) => ({
    error: {
      code: "ConcurrencyConflict",
      message: `Expected version ${expected}, but person "${id}" is at version ${actual}`,
      details: { expected_version: expected, actual_version: actual },
    },
    aggregate_id: id,
    ...(actual === 0 ? {} : { version: actual }),
  });

  assertEquals(await at(1, createPerson(personId)), refused(personId, 1, 0));
  assertEquals((await at(0, createPerson(personId))).version, 1);
  // Asked before the decision, which would be AlreadyExists.
  assertEquals(await at(0, createPerson(personId)), refused(personId, 0, 1));
  assertEquals(await at(2, updateName(personId, "Grace")), refused(personId, 2, 1));
  assertEquals((await at(1, updateName(personId, "Grace"))).version, 2);

  // Of a merge it is the source's version.
  assertEquals((await at(0, createPerson(otherId))).version, 1);
  assertEquals(await at(1, merge(personId, otherId)), refused(personId, 1, 2));
  assertEquals((await at(2, merge(personId, otherId))).version, 3);
  assertEquals((await system.events()).map(({ envelope }) => envelope.sequence), [1, 2, 1, 3, 2]);
});

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const IGNORED_TRACEPARENTS = [
  "",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
  "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
  "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
  "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
];

Deno.test("Correlation-Id and traceparent are carried into the event; a bad traceparent is ignored", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const given = [
    { "Nats-Msg-Id": "a" },
    { "Nats-Msg-Id": "b", "Correlation-Id": "Überweisung 7", traceparent: TRACEPARENT },
    ...IGNORED_TRACEPARENTS.map((traceparent) => ({ "Nats-Msg-Id": "c", traceparent })),
  ];
  for (const headerFields of given) {
    const { version } = await system.client.send(createPerson(crypto.randomUUID()), headerFields);
    assertEquals(version, 1);
  }
  const carried = (await system.events()).map(({ envelope, headers }) => [
    envelope.causation_id,
    envelope.correlation_id,
    headers["Correlation-Id"],
    headers.traceparent,
  ]);
  assertEquals(carried, [
    ["a", "a", "a", undefined],
    ["b", "Überweisung 7", "Überweisung 7", TRACEPARENT],
    ...IGNORED_TRACEPARENTS.map(() => ["c", "c", "c", undefined]),
  ]);
});

/** Each is refused for the header that it begins with. */
const MALFORMED: [name: string, ...values: string[]][] = [
  ["Nats-Msg-Id", ""],
  ["Nats-Msg-Id", "two words"],
  ["Nats-Msg-Id", "é"],
  ["Nats-Msg-Id", "x".repeat(129)],
  ["Nats-Msg-Id", "a", "b"],
  ["Correlation-Id", ""],
  ["Correlation-Id", "a\tb"],
  ["Correlation-Id", "x".repeat(257)],
  ["Correlation-Id", "a", "a"],
  ["Expected-Version", ""],
  ["Expected-Version", "-1"],
  ["Expected-Version", "1.0"],
  ["Expected-Version", "0x1"],
  ["Expected-Version", "one"],
  ["Expected-Version", "1", "1"],
  ["expected-version", "none"],
];

Deno.test("a malformed header is refused with its path, and nothing is stored", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  for (const [name, ...values] of MALFORMED) {
    const reply = readReply(await requestWith(system.client, name, values));
    const { code, details } = reply.error ?? {};
    const paths = Array.isArray(details) ? details.map(({ path }) => path.toLowerCase()) : [];
    assertEquals([code, paths], ["ValidationError", [`headers.${name.toLowerCase()}`]], name);
  }
  assertEquals(await system.events(), []);
});

Deno.test("headers at their limits are accepted", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const reply = await system.client.send(createPerson(crypto.randomUUID()), {
    "nats-msg-id": "~".repeat(128),
    "correlation-id": "ü".repeat(256),
    "expected-version": "0",
  });
  assertEquals(reply.version, 1);
  const [event] = await system.events();
  assertEquals(event?.envelope.causation_id, "~".repeat(128));
  assertEquals(event?.envelope.correlation_id, "ü".repeat(256));
});

function requestWith(client: CommandClient, name: string, values: string[]): Promise<Msg> {
  const fields = headers();
  for (const value of values) fields.append(name, value);
  return client.nc.request(
    "person.commands.test",
    JSON.stringify(createPerson(crypto.randomUUID())),
    { headers: fields, timeout: 15_000 },
  );
}
