import { createHash } from "node:crypto";
import { assertEquals, assertMatch } from "@std/assert";
import { type AnyReply, createPerson, updateName } from "../support/command_client.ts";
import { type EventMessage, readEvents } from "../support/stream_messages.ts";
import { TestSystem } from "../support/test_system.ts";
import { type Fields, NOW, STORY } from "../support/wire_story.ts";

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const FILTER = "Nats-Expected-Last-Subject-Sequence-Subject";
const UTC_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

Deno.test("each command, its fields in any order, is answered with the version it leads to, and its events and their headers are stored as documented", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  let streamSequence = 0;
  for (const [index, { command, version, events }] of STORY.entries()) {
    const reply = await system.client.request(reversed(command), {
      "Nats-Msg-Id": `c-${index}`,
      "Correlation-Id": `story ${index}`,
      traceparent: TRACEPARENT,
    });
    streamSequence += events.length;
    const aggregate_id = events[0]?.of;
    const expected = { aggregate_id, version, events_generated: events.length };
    assertEquals(reply.headers, undefined);
    assertEquals(
      reply.string(),
      JSON.stringify({ ...expected, stream_sequence: streamSequence }),
    );
  }
  const stored = await system.events();
  const expected = expectedMessages(stored);
  assertEquals(stored.map(({ body }) => body), expected.map(({ body }) => body));
  assertEquals(
    stored.map(({ seq, subject, headers }) => ({ seq, subject, headers })),
    expected.map(({ seq, subject, headers }) => ({ seq, subject, headers })),
  );
});

Deno.test("with another SUBJECT_PREFIX and STREAM_NAME, commands of any further subject are taken from there and events stored there", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  // Beside it serves one with the usual ones.
  await system.startService();
  await system.startService({ SUBJECT_PREFIX: "person.prod", STREAM_NAME: "PERSON_PROD" });
  const personId = crypto.randomUUID();
  for (const [index, subject] of ["person.prod.commands.a", "person.prod.commands.b.c"].entries()) {
    const command = index === 0 ? createPerson(personId) : updateName(personId, "Grace");
    const reply = await client.request(command, {}, { subject });
    assertEquals(reply.json<AnyReply>().version, index + 1);
  }
  const stored = await readEvents(client.nc, "PERSON_PROD");
  assertEquals(stored.map(({ subject, headers }) => [subject, headers[FILTER]]), [
    [`person.prod.events.${personId}.created`, `person.prod.events.${personId}.>`],
    [`person.prod.events.${personId}.name_updated`, `person.prod.events.${personId}.>`],
  ]);
  assertEquals(await system.events(), []);
});

/** What must be in the stream; only times and batch ids are taken from what was stored. */
function expectedMessages(stored: EventMessage[]) {
  const heads = new Map<string, { seq: number; version: number }>();
  const events = STORY.flatMap(({ command, events }, index) =>
    events.map((event, place) => ({ ...event, command, index, place, size: events.length }))
  );
  return events.map(({ of, name, suffix, fields, command, index, place, size }, position) => {
    const seq = position + 1;
    const { headers, envelope } = stored[position] ?? {};
    const timestamp = envelope?.timestamp ?? "";
    assertMatch(timestamp, UTC_MS);
    const head = heads.get(of) ?? { seq: 0, version: 0 };
    heads.set(of, { seq, version: head.version + 1 });
    const body = JSON.stringify({
      aggregate_id: of,
      sequence: head.version + 1,
      event: { [name]: { ...fields, ...at(fields, timestamp) } },
      timestamp,
      correlation_id: `story ${index}`,
      causation_id: `c-${index}`,
      schema_version: 1,
    });
    const batch = size === 1 ? {} : {
      "Nats-Batch-Id": headers?.["Nats-Batch-Id"] || "an id",
      "Nats-Batch-Sequence": String(place + 1),
      ...(place + 1 === size ? { "Nats-Batch-Commit": "1" } : {}),
    };
    return {
      seq,
      subject: `person.events.${of}.${suffix}`,
      body,
      headers: {
        "Nats-Msg-Id": `${of}/c-${index}`,
        "Nats-Expected-Stream": "PERSON_EVENTS",
        "Nats-Expected-Last-Subject-Sequence": String(head.seq),
        "Nats-Expected-Last-Subject-Sequence-Subject": `person.events.${of}.>`,
        "Previous-Sequence": String(head.seq),
        "Command-Hash": createHash("sha256").update(canonical(command)).digest("base64url"),
        "Schema-Version": "1",
        "Correlation-Id": `story ${index}`,
        traceparent: TRACEPARENT,
        ...batch,
      },
    };
  });
}

function at(fields: Fields, timestamp: string): Fields {
  const [field = ""] = Object.entries(fields).find(([, value]) => value === NOW) ?? [];
  return { [field]: timestamp };
}

/** The JSON that a command's hash is made of: null members left out, keys sorted. */
function canonical(command: unknown): string {
  return JSON.stringify(command, (_key, value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const members = Object.entries(value).filter(([, member]) => member !== null);
    return Object.fromEntries(members.sort(([a], [b]) => a < b ? -1 : 1));
  });
}

/** The same JSON with the keys of each object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, reversed(each)]).reverse(),
  );
}
