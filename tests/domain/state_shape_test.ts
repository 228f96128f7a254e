import { assertEquals } from "@std/assert";
import { PersonEvent } from "../../src/domain/events.ts";
import { evolve, initialState, Person, SNAPSHOT_VERSION } from "../../src/domain/person.ts";
import { BEFORE, height, ID, NAME, nameOf, OTHER_ID } from "./specification.ts";

// What snapshots hold, for histories that reach every part of it. When this test fails, what was kept in snapshots is no
// longer what the events come to: raise SNAPSHOT_VERSION, then write the file again with
//   WRITE_GOLDEN=1 deno test -A tests/domain/state_shape_test.ts
const GOLDEN = new URL("state_shape.golden.json", import.meta.url);

const name = nameOf({
  given_names: ["Juan", "Ana"],
  family_names: ["Cruz"],
  patronymic: "Petrovich",
  matronymic: "Annovich",
  prefixes: ["de", "la"],
  suffixes: ["Jr."],
}, { preferred_form: "J", naming_convention: "Spanish" });
const custom = { Custom: { organization: "o", attribute_name: "a", category: "c" } };
const values = [
  { Text: "x" },
  { Number: 1.5 },
  { Integer: 2 },
  { Boolean: true },
  { DateTime: "2000-01-01T00:00:00.5+02:00" },
  { Date: "2000-01-01" },
  { YearMonth: [2000, 1] },
  { Year: 2000 },
  { ApproximateDate: { date: "2000-01-01", precision: { Decade: null } } },
  { Length: 1.75 },
  { Mass: 70 },
  { BloodType: "ONegative" },
  { EyeColor: "Hazel" },
  { HairColor: "Dyed" },
  { BiologicalSex: "Intersex" },
  { Handedness: "Left" },
  { LocationReference: "loc-1" },
  { PersonReference: { id: OTHER_ID } },
  { TextList: ["x"] },
  { Json: { a: [null] } },
];
const trace = [{ transformation: "t", applied_at: BEFORE, applied_by: "b" }];
const provenance = {
  source: { Imported: { system: "s" } },
  confidence: "Likely",
  recorded_by: "r",
  trace,
};
const attributes = [
  height(1.75, { valid_from: "2020-01-01", valid_until: "2024-12-31" }),
  { ...height(1), attribute_type: { Identifying: "BirthYear" }, value: { Year: 2000 } },
  { ...height(1), attribute_type: { Healthcare: "OrganDonor" }, value: { Boolean: true } },
  { ...height(1), attribute_type: { Demographic: "Religion" }, value: { Text: "x" } },
  ...values.map((value) => ({ ...height(1), attribute_type: custom, value, provenance })),
];

const on = { person_id: ID };
const birth = { PersonCreated: { ...on, name: NAME, source: "s", created_at: BEFORE } };
const attribute_type = { Physical: "Height" };
const histories = [
  [
    birth,
    { NameUpdated: { ...on, old_name: NAME, new_name: name, updated_at: BEFORE } },
    { BirthDateSet: { ...on, birth_date: "2000-01-01", set_at: BEFORE } },
    ...attributes.map((attribute) => ({
      AttributeRecorded: { ...on, attribute, recorded_at: BEFORE },
    })),
    { AttributeInvalidated: { ...on, attribute_type, invalidated_at: BEFORE } },
  ],
  [birth, { PersonDeactivated: { ...on, reason: "r", deactivated_at: BEFORE } }],
  [birth, { PersonArchived: { ...on, reason: "r", archived_at: BEFORE } }],
  [birth, {
    PersonMergedInto: {
      source_person_id: ID,
      merged_into_id: OTHER_ID,
      merge_reason: "UserRequested",
      merged_at: BEFORE,
    },
  }],
  [birth, { DeathRecorded: { ...on, date_of_death: "2024-02-01", recorded_at: BEFORE } }],
];
const states = histories.map((history) =>
  history.map((event) => PersonEvent.parse(event)).reduce(evolve, initialState)
);

const golden = JSON.parse(await Deno.readTextFile(GOLDEN));
if (Deno.env.has("WRITE_GOLDEN") && golden.snapshot_version !== SNAPSHOT_VERSION) {
  Object.assign(golden, { snapshot_version: SNAPSHOT_VERSION, states });
  await Deno.writeTextFile(GOLDEN, JSON.stringify(golden, null, 2) + "\n");
}

Deno.test("Person: given the histories of the golden file, when folded, then the states are those of its snapshot version", () => {
  assertEquals({ snapshot_version: SNAPSHOT_VERSION, states }, golden);
});

Deno.test("Person: given the states of the golden file, when read, then they are what was written, in order", () => {
  const read = golden.states.map((state: unknown) => Person.parse(state));
  assertEquals(JSON.stringify(read), JSON.stringify(golden.states));
});
