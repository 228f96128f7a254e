import { assertEquals, assertThrows } from "@std/assert";
import {
  EventEnvelope,
  eventSuffix,
  occurredAt,
  PersonEvent,
  personOf,
  SCHEMA_VERSION,
  writeEnvelope,
} from "../../src/domain/events.ts";
import { UnknownSchemaVersion, upcast } from "../../src/domain/upcast.ts";
import { BEFORE, created, height, ID, merged, NAME, nameOf, OTHER_ID } from "./specification.ts";

/** Each event as it is stored, beside the suffix of its subject. */
const EVENTS: [json: Record<string, Record<string, unknown>>, suffix: string][] = [
  [{ PersonCreated: { person_id: ID, name: NAME, source: "s", created_at: BEFORE } }, "created"],
  [{ PersonUpdated: { person_id: ID, name: NAME, updated_at: BEFORE } }, "updated"],
  [{
    NameUpdated: {
      person_id: ID,
      old_name: NAME,
      new_name: NAME,
      reason: null,
      updated_at: BEFORE,
    },
  }, "name_updated"],
  [
    { BirthDateSet: { person_id: ID, birth_date: "2000-01-01", set_at: BEFORE } },
    "birth_date_set",
  ],
  [
    { DeathRecorded: { person_id: ID, date_of_death: "2000-01-01", recorded_at: BEFORE } },
    "death_recorded",
  ],
  [{ PersonDeactivated: { person_id: ID, reason: "r", deactivated_at: BEFORE } }, "deactivated"],
  [{ PersonReactivated: { person_id: ID, reason: "r", reactivated_at: BEFORE } }, "reactivated"],
  [{ PersonArchived: { person_id: ID, reason: "r", archived_at: BEFORE } }, "archived"],
  [{
    PersonMergedInto: {
      source_person_id: ID,
      merged_into_id: OTHER_ID,
      merge_reason: "UserRequested",
      merged_at: BEFORE,
    },
  }, "merged"],
  [{
    PersonAbsorbed: {
      target_person_id: ID,
      absorbed_person_id: OTHER_ID,
      merge_reason: "UserRequested",
      absorbed_at: BEFORE,
    },
  }, "absorbed"],
  [
    { AttributeRecorded: { person_id: ID, attribute: height(1), recorded_at: BEFORE } },
    "attribute_recorded",
  ],
  [{
    AttributeUpdated: {
      person_id: ID,
      attribute_type: { Physical: "Height" },
      old_attribute: height(1),
      new_attribute: height(2),
      updated_at: BEFORE,
    },
  }, "attribute_updated"],
  [{
    AttributeInvalidated: {
      person_id: ID,
      attribute_type: { Physical: "Height" },
      invalidated_at: BEFORE,
      reason: null,
    },
  }, "attribute_invalidated"],
];

for (const [json, suffix] of EVENTS) {
  const [type = ""] = Object.keys(json);
  Deno.test(`PersonEvent: given a ${type}, when read, then its person, time and suffix are told`, () => {
    const event = PersonEvent.parse(json);
    const found = [event.type, personOf(event), occurredAt(event), eventSuffix(event.type)];
    assertEquals(found, [type, ID, BEFORE, suffix]);
  });

  Deno.test(`PersonEvent: given a ${type}, when written, then the fields are in the order of wire.md`, () => {
    const shuffled = Object.fromEntries(Object.entries(json[type] ?? {}).reverse());
    const envelope = { ...ENVELOPE, event: PersonEvent.parse({ [type]: shuffled }) };
    assertEquals(JSON.stringify(writeEnvelope(envelope).event), JSON.stringify(json));
  });
}

const ENVELOPE: EventEnvelope = {
  aggregate_id: ID,
  sequence: 1,
  event: created,
  timestamp: BEFORE,
  correlation_id: "c",
  causation_id: "d",
  schema_version: 1,
};

Deno.test("EventEnvelope: given one without a version, when read, then it is version 1", () => {
  const { schema_version: _, ...json } = writeEnvelope(ENVELOPE);
  assertEquals(EventEnvelope.parse(json), ENVELOPE);
});

Deno.test("EventEnvelope: given one, when written, then the fields are in the order of wire.md", () => {
  assertEquals(
    JSON.stringify(writeEnvelope(EventEnvelope.parse(writeEnvelope(ENVELOPE)))),
    JSON.stringify({
      aggregate_id: ID,
      sequence: 1,
      event: {
        PersonCreated: { person_id: ID, name: NAME, source: "test", created_at: BEFORE },
      },
      timestamp: BEFORE,
      correlation_id: "c",
      causation_id: "d",
      schema_version: 1,
    }),
  );
});

Deno.test("EventEnvelope: given unknown fields at any depth, when read, then they are dropped", () => {
  const name = { ...NAME, later: 1, components: { ...NAME.components, later: [1] } };
  const data = { person_id: ID, name, source: "test", created_at: BEFORE, later: {} };
  const json = { ...writeEnvelope(ENVELOPE), event: { PersonCreated: data }, later: null };
  assertEquals(EventEnvelope.parse(json), ENVELOPE);
});

Deno.test("PersonEvent: given what today's rules refuse, when read from history, then it loads", () => {
  const name = nameOf({ given_names: ["", "x".repeat(1_001)], prefixes: [" "] });
  const data = { person_id: ID, name, source: "x".repeat(10_001), created_at: BEFORE };
  assertEquals<unknown>(PersonEvent.parse({ PersonCreated: data }), {
    type: "PersonCreated",
    data,
  });
  const attribute = {
    ...height(0, { valid_from: "2024-01-02", valid_until: "2024-01-01" }),
    provenance: {
      ...height(0).provenance,
      trace: Array.from(
        { length: 201 },
        () => ({ transformation: "", applied_at: BEFORE, applied_by: "" }),
      ),
    },
  };
  const recorded = { person_id: ID, attribute, recorded_at: BEFORE };
  assertEquals<unknown>(PersonEvent.parse({ AttributeRecorded: recorded }), {
    type: "AttributeRecorded",
    data: recorded,
  });
});

Deno.test("PersonEvent: given a damaged one, when read, then it is refused", () => {
  const others = [
    { PersonDeceased: { person_id: ID, death_date: "2020-01-01" } },
    { PersonUpdated: { person_id: ID, name: NAME } },
    { PersonUpdated: { person_id: ID, name: NAME, updated_at: "yesterday" } },
    { PersonUpdated: { person_id: "nope", name: NAME, updated_at: BEFORE } },
    { PersonUpdated: null },
    { type: "PersonMergedInto", data: merged.data },
    "PersonUpdated",
    [],
    null,
  ];
  for (const other of others) {
    assertEquals(PersonEvent.safeParse(other).success, false, JSON.stringify(other));
  }
});

Deno.test("EventEnvelope: given no sequence from 1 on, when read, then it is refused", () => {
  for (const sequence of [0, -1, 1.5, "1", null]) {
    const json = { ...writeEnvelope(ENVELOPE), sequence };
    assertEquals(EventEnvelope.safeParse(json).success, false, `${sequence}`);
  }
});

Deno.test("upcast: given the current version, when read, then the JSON is as it was", () => {
  const json = writeEnvelope(ENVELOPE);
  assertEquals(upcast(SCHEMA_VERSION, json), json);
});

Deno.test("upcast: given a newer or impossible version, when read, then it is not guessed", () => {
  for (const version of [2, 99, 0, -1, 1.5, NaN]) {
    const error = assertThrows(() => upcast(version, {}), UnknownSchemaVersion);
    assertEquals(error.schemaVersion, version);
  }
});
