import { assertEquals, assertThrows } from "@std/assert";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import fc from "fast-check";
import { handleCommand } from "../../../src/application/handle_command.ts";
import { EventEnvelope } from "../../../src/domain/events.ts";
import { UnknownSchemaVersion } from "../../../src/domain/upcast.ts";
import { decodeEvent, encodeEvent, hashEvent } from "../../../src/nats/event_codec.ts";
import { PERSON_IDS } from "../../support/arbitraries.ts";
import { plainName } from "../../support/command_client.ts";
import { MemoryEventStore } from "../../support/memory_event_store.ts";
import { NOW, received, sendableCommand, TestApplication } from "../../support/test_application.ts";
import { UnreadableHistory } from "../../../src/application/failures.ts";

const [ID, OTHER_ID] = PERSON_IDS;
const SUBJECT = `person.events.${ID}.updated`;
const BODY = {
  aggregate_id: ID,
  sequence: 3,
  event: { PersonUpdated: { person_id: ID, name: plainName("Ada"), updated_at: NOW } },
  timestamp: NOW,
  correlation_id: "k",
  causation_id: "c",
  schema_version: 1,
};

Deno.test("Event codec: given any commands, when their events are written and read, then nothing has changed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sendableCommand, { minLength: 5, maxLength: 30 }),
      async (commands) => {
        const store = new MemoryEventStore();
        const service = new TestApplication(store);
        for (const command of commands) {
          await handleCommand(await received(command), Infinity, service.dependencies);
        }
        for (const id of PERSON_IDS) {
          const last = await store.readLast(id);
          for (const { envelope } of last === null ? [] : await store.readTail(last, null) ?? []) {
            const data = encodeEvent(envelope);
            const read = decodeEvent(id, { subject: SUBJECT, seq: 1, header: undefined, data });
            assertEquals(read.envelope, envelope);
            assertEquals(read.eventHash, hashEvent(data));
          }
        }
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("Event codec: given the headers of an event, when read, then they are taken over", () => {
  const header = headersOf({ "Previous-Sequence": "17", "Command-Hash": "hash" });
  assertEquals(decode(BODY, header), {
    envelope: EventEnvelope.parse(BODY),
    streamSequence: 42,
    previousSequence: 17,
    commandHash: "hash",
    eventHash: hashEvent(bytesOf(BODY)),
    bytes: bytesOf(BODY).length,
  });
});

Deno.test("Event codec: given an event that follows another one in a batch, when read, then its head is right before it", () => {
  assertEquals(decode(BODY, headersOf({ "Previous-Sequence": "-1" })).previousSequence, 41);
});

Deno.test("Event codec: given an event of another writer, when read, then it has no head and no command", () => {
  const useless = { "Previous-Sequence": "x", "Command-Hash": "" };
  for (const header of [undefined, headersOf({}), headersOf(useless)]) {
    const { previousSequence, commandHash } = decode(BODY, header);
    assertEquals([previousSequence, commandHash], [null, null]);
  }
  assertEquals(decode(BODY, headersOf({ "Previous-Sequence": "0" })).previousSequence, 0);
});

Deno.test("Event codec: given an event without schema_version, when read, then it is of the first", () => {
  const { schema_version: _, ...original } = BODY;
  assertEquals(decode(original).envelope.schema_version, 1);
});

Deno.test("Event codec: given fields that nobody knows, when read, then they are passed over", () => {
  const { PersonUpdated } = BODY.event;
  const later = { ...BODY, added: 1, event: { PersonUpdated: { ...PersonUpdated, added: {} } } };
  assertEquals(decode(later).envelope, EventEnvelope.parse(BODY));
});

Deno.test("Event codec: given an event that breaks today's rules, when read, then it loads", () => {
  const blank = { components: {}, naming_convention: "Western" };
  const event = { PersonUpdated: { ...BODY.event.PersonUpdated, name: blank } };
  assertEquals(decode({ ...BODY, event }).envelope.event.type, "PersonUpdated");
});

Deno.test("Event codec: given a newer schema_version, when read, then it is not guessed", () => {
  for (const schema_version of [2, 99, 0, -1, 1.5]) {
    const error = unreadable(bytesOf({ ...BODY, schema_version }));
    assertEquals(error.cause instanceof UnknownSchemaVersion, true, String(schema_version));
  }
});

Deno.test("Event codec: given a damaged event, when read, then its history is unreadable there", () => {
  const whole = bytesOf(BODY);
  const damaged: unknown[] = [
    { ...BODY, event: { PersonRenamed: {} } },
    { ...BODY, event: {} },
    { ...BODY, event: { ...BODY.event, PersonArchived: {} } },
    { ...BODY, event: { PersonUpdated: { person_id: ID } } },
    { ...BODY, sequence: 0 },
    { ...BODY, sequence: "3" },
    { ...BODY, schema_version: "1" },
    { ...BODY, schema_version: null },
    { ...BODY, timestamp: "yesterday" },
    { ...BODY, causation_id: undefined },
    { ...BODY, aggregate_id: OTHER_ID },
    [],
    null,
    "",
  ];
  const bodies = [...damaged.map(bytesOf), new Uint8Array(), whole.slice(1), whole.slice(0, -1)];
  const notUtf8 = whole.with(whole.indexOf("A".charCodeAt(0)), 0xff);
  for (const body of [...bodies, notUtf8]) {
    const error = unreadable(body);
    assertEquals([error.personId, error.streamSequence, error.message], [
      ID,
      42,
      `Event at 42 of person "${ID}" can't be read`,
    ]);
  }
});

Deno.test("Event codec: given a body, when hashed, then it is its SHA-256 in base64url", () => {
  assertEquals(hashEvent(bytesOf("")), "Eq4yyx7ALQHto1gbEnwf7jsNxTVy7WuvI5choD2C4SY");
});

function decode(body: unknown, header?: MsgHdrs) {
  return decodeEvent(ID, { subject: SUBJECT, seq: 42, header, data: bytesOf(body) });
}

function unreadable(data: Uint8Array): UnreadableHistory {
  const message = { subject: SUBJECT, seq: 42, header: undefined, data };
  return assertThrows(() => decodeEvent(ID, message), UnreadableHistory);
}

function headersOf(fields: Record<string, string>): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
}

function bytesOf(body: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(body));
}
