/**
 * One story of all commands, with the events they cause, written as wire.md has them.
 *
 * @module
 */

const TEST = "019a5c30-1234-7abc-9def-123456789abc";
const DOUBLE = "019a5c31-1234-7abc-9def-123456789abc";
const FATHER = "019a5c32-1234-7abc-9def-123456789abc";

/** Stands for the moment of the event. */
export const NOW = "(now)";

/** A JSON object. */
export type Fields = Record<string, unknown>;
/** An event in the order of wire.md; `of` is the person whose history it belongs to. */
export type ExpectedEvent = { of: string; suffix: string; name: string; fields: Fields };
/** A command with every field in the order of wire.md, the version it leads to and its events. */
export type Step = { command: Record<string, Fields>; version: number; events: ExpectedEvent[] };

const name = (given: string, preferred_form: string | null = null) => ({
  components: {
    given_names: [given],
    family_names: ["User"],
    patronymic: null,
    matronymic: null,
    prefixes: [],
    suffixes: [],
  },
  preferred_form,
  naming_convention: "Western",
});

const height = (metres: number) => ({
  attribute_type: { Physical: "Height" },
  value: { Length: metres },
  temporal: { recorded_at: "2024-01-01T00:00:00Z", valid_from: "2024-01-01", valid_until: null },
  provenance: {
    source: { Imported: { system: "clinic" } },
    confidence: "Likely",
    recorded_by: null,
    trace: [{
      transformation: "in to m",
      applied_at: "2024-01-01T00:00:00.125Z",
      applied_by: "etl",
    }],
  },
});

const HEIGHT = { Physical: "Height" };

/** A step of one event whose first field is the person's id. */
function step(
  person_id: string,
  version: number,
  command: [name: string, fields: Fields],
  event: [name: string, suffix: string, fields: Fields],
): Step {
  return {
    command: { [command[0]]: { person_id, ...command[1] } },
    version,
    events: [
      { of: person_id, name: event[0], suffix: event[1], fields: { person_id, ...event[2] } },
    ],
  };
}

function created(person_id: string, given: string): Step {
  const fields = { name: name(given), source: "manual-test" };
  return step(person_id, 1, ["CreatePerson", fields], ["PersonCreated", "created", {
    ...fields,
    created_at: NOW,
  }]);
}

/** Every command once, and with them every event that the service stores. */
export const STORY: Step[] = [
  created(TEST, "Test"),
  step(TEST, 2, ["UpdateName", { name: name("Tess", "T."), reason: "Marriage" }], [
    "NameUpdated",
    "name_updated",
    { old_name: name("Test"), new_name: name("Tess", "T."), reason: "Marriage", updated_at: NOW },
  ]),
  step(TEST, 3, ["SetBirthDate", { birth_date: "1990-01-02" }], [
    "BirthDateSet",
    "birth_date_set",
    { birth_date: "1990-01-02", set_at: NOW },
  ]),
  step(TEST, 4, ["RecordAttribute", { attribute: height(1.75) }], [
    "AttributeRecorded",
    "attribute_recorded",
    { attribute: height(1.75), recorded_at: NOW },
  ]),
  step(TEST, 5, ["UpdateAttribute", { attribute_type: HEIGHT, new_attribute: height(1.78) }], [
    "AttributeUpdated",
    "attribute_updated",
    {
      attribute_type: HEIGHT,
      old_attribute: height(1.75),
      new_attribute: height(1.78),
      updated_at: NOW,
    },
  ]),
  step(TEST, 6, ["InvalidateAttribute", { attribute_type: HEIGHT, reason: null }], [
    "AttributeInvalidated",
    "attribute_invalidated",
    { attribute_type: HEIGHT, invalidated_at: NOW, reason: null },
  ]),
  step(TEST, 7, ["DeactivatePerson", { reason: "Moved away" }], [
    "PersonDeactivated",
    "deactivated",
    { reason: "Moved away", deactivated_at: NOW },
  ]),
  step(TEST, 8, ["ReactivatePerson", { reason: "Moved back" }], [
    "PersonReactivated",
    "reactivated",
    { reason: "Moved back", reactivated_at: NOW },
  ]),
  created(DOUBLE, "T."),
  {
    command: {
      MergePersons: {
        source_person_id: DOUBLE,
        target_person_id: TEST,
        merge_reason: "DuplicateIdentity",
      },
    },
    version: 2,
    events: [{
      of: DOUBLE,
      name: "PersonMergedInto",
      suffix: "merged",
      fields: {
        source_person_id: DOUBLE,
        merged_into_id: TEST,
        merge_reason: "DuplicateIdentity",
        merged_at: NOW,
      },
    }, {
      of: TEST,
      name: "PersonAbsorbed",
      suffix: "absorbed",
      fields: {
        target_person_id: TEST,
        absorbed_person_id: DOUBLE,
        merge_reason: "DuplicateIdentity",
        absorbed_at: NOW,
      },
    }],
  },
  created(FATHER, "John"),
  step(FATHER, 2, ["RecordDeath", { date_of_death: "2024-05-05" }], [
    "DeathRecorded",
    "death_recorded",
    { date_of_death: "2024-05-05", recorded_at: NOW },
  ]),
  step(TEST, 10, ["ArchivePerson", { reason: "Retention period over" }], [
    "PersonArchived",
    "archived",
    { reason: "Retention period over", archived_at: NOW },
  ]),
];
