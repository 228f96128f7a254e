import { assertEquals } from "@std/assert";
import { AttributeType, indexOfCurrent, isSameType } from "../../src/domain/attribute.ts";
import { AttributeValue } from "../../src/domain/attribute_value.ts";
import { PersonCommand } from "../../src/domain/commands.ts";
import { decide } from "../../src/domain/decide.ts";
import { evolve, initialState } from "../../src/domain/person.ts";
import { composeTemporal, isValidOn } from "../../src/domain/temporal_validity.ts";
import { created, height, ID, NOW } from "./specification.ts";

/** One value of each kind. */
const SAMPLES: Record<string, unknown> = {
  Text: "x",
  Number: 1.5,
  Integer: 2,
  Boolean: true,
  DateTime: "2000-01-01T00:00:00Z",
  Date: "2000-01-01",
  YearMonth: [2000, 1],
  Year: 2000,
  ApproximateDate: { date: "2000-01-01", precision: "Year" },
  Length: 1.75,
  Mass: 70,
  BloodType: "ONegative",
  EyeColor: "Hazel",
  HairColor: "Dyed",
  BiologicalSex: "Intersex",
  Handedness: "Left",
  LocationReference: "loc-1",
  PersonReference: ID,
  TextList: ["x", "y"],
  Json: { a: [null] },
};

/** As wire.md has it: the types of a category, then what they take. */
const TABLE: [category: string, names: string, kinds: string][] = [
  ["Identifying", "BirthDateTime", "DateTime"],
  ["Identifying", "BirthDate", "Date"],
  ["Identifying", "BirthYear", "Year"],
  ["Identifying", "ApproximateBirthDate", "ApproximateDate YearMonth Year"],
  ["Identifying", "BirthPlace", "LocationReference Text"],
  ["Identifying", "EyeColor", "EyeColor"],
  ["Identifying", "BiologicalSex", "BiologicalSex"],
  ["Identifying", "BloodType", "BloodType"],
  ["Identifying", "MotherId FatherId", "PersonReference"],
  ["Identifying", "NationalId", "Text"],
  ["Physical", "Height", "Length"],
  ["Physical", "Weight", "Mass"],
  ["Physical", "HairColor", "HairColor"],
  ["Physical", "HairStyle FacialHair", "Text"],
  ["Physical", "Scars Birthmarks Tattoos Piercings", "Text TextList"],
  ["Physical", "Handedness", "Handedness"],
  ["Healthcare", "BloodType", "BloodType"],
  ["Healthcare", "Allergies ChronicConditions Medications Disabilities", "Text TextList"],
  ["Healthcare", "VisionCorrection HearingAids", "Text Boolean"],
  ["Healthcare", "MedicalRecordNumber InsuranceId", "Text"],
  ["Healthcare", "OrganDonor", "Boolean"],
  ["Demographic", "PreferredLanguage PrimaryLanguage", "Text"],
  ["Demographic", "SpokenLanguages", "TextList"],
  ["Demographic", "Citizenship Nationality Ethnicity Religion", "Text TextList"],
];

function acceptedKinds(attribute_type: unknown): string[] {
  const person = evolve(initialState, created);
  return Object.entries(SAMPLES).filter(([kind, value]) => {
    const attribute = { ...height(1), attribute_type, value: { [kind]: value } };
    const command = PersonCommand.parse({ RecordAttribute: { person_id: ID, attribute } });
    return "accepted" in decide(command, person, { now: NOW, stateBytes: 0 });
  }).map(([kind]) => kind);
}

for (const [category, names, kinds] of TABLE) {
  for (const name of names.split(" ")) {
    Deno.test(`AttributeType: given ${category}.${name}, when recorded, then it takes ${kinds}`, () => {
      assertEquals(acceptedKinds({ [category]: name }).sort(), kinds.split(" ").sort());
      assertEquals(acceptedKinds({ [category]: { [name]: null } }).length, kinds.split(" ").length);
    });
  }
}

const CUSTOM = { Custom: { organization: "o", attribute_name: "a", category: "c" } };

Deno.test("AttributeType: given a custom one, when recorded, then it takes any kind", () => {
  assertEquals(acceptedKinds(CUSTOM), Object.keys(SAMPLES));
});

Deno.test("AttributeType: given a type of another category or none, when read, then it is refused", () => {
  const others = [
    { Physical: "EyeColor" },
    { Identifying: "PassportNumber" },
    { Physical: "constructor" },
    { physical: "Height" },
    { Physical: "Height", Healthcare: "BloodType" },
    { Physical: ["Height"] },
    { Custom: { organization: "o", attribute_name: "a" } },
    { Custom: { ...CUSTOM.Custom, other: 1 } },
    "Physical",
    "Height",
  ];
  for (const other of others) {
    assertEquals(AttributeType.command.safeParse(other).success, false, JSON.stringify(other));
  }
});

Deno.test("isSameType: given custom types, when compared, then all three names count", () => {
  const of = (organization: string, attribute_name: string, category: string) => ({
    Custom: { organization, attribute_name, category },
  });
  assertEquals(isSameType(of("a", "b", "c"), of("a", "b", "c")), true);
  assertEquals(isSameType(of("a", "b", "c"), of("a", "b", "d")), false);
  assertEquals(isSameType(of('a","b', "c", "d"), of("a", 'b","c', "d")), false);
  assertEquals(isSameType({ Identifying: "BloodType" }, { Healthcare: "BloodType" }), false);
});

Deno.test("AttributeValue: given numbers beyond a rule, when read, then a command refuses and history loads them", () => {
  const cases = [
    [{ Length: 0 }, true],
    [{ Length: -1 }, true],
    [{ Mass: 0 }, true],
    [{ YearMonth: [1985, 0] }, true],
    [{ YearMonth: [1985, 13] }, true],
    [{ YearMonth: [1985] }, false],
    [{ YearMonth: [1985, 1, 1] }, false],
    [{ YearMonth: [1985, 1.5] }, false],
    [{ Year: 2 ** 53 }, false],
    [{ Integer: 1.5 }, false],
    [{ Integer: "1" }, false],
    [{ Number: Infinity }, false],
    [{ Number: NaN }, false],
    [{ Boolean: 1 }, false],
    [{ BloodType: "A+" }, false],
    [{ Temperature: 36.6 }, false],
    [{ Text: null }, false],
    [{ Text: "x", Number: 1 }, false],
    ["Text", false],
    [{}, false],
  ] as const;
  for (const [json, loads] of cases) {
    assertEquals(AttributeValue.command.safeParse(json).success, false, JSON.stringify(json));
    assertEquals(AttributeValue.stored.safeParse(json).success, loads, JSON.stringify(json));
  }
});

Deno.test("AttributeValue: given the ends of what a double holds exactly, when read, then they are kept", () => {
  const cases = [
    { Integer: Number.MAX_SAFE_INTEGER },
    { Integer: Number.MIN_SAFE_INTEGER },
    { Year: -44 },
    { Number: Number.MAX_VALUE },
    { Length: Number.MIN_VALUE },
  ];
  for (const json of cases) assertEquals<unknown>(AttributeValue.command.parse(json), json);
});

Deno.test("AttributeValue: given -0, when read, then it is 0, so that it is written as it is kept", () => {
  const cases = [
    { Number: -0 },
    { Integer: -0 },
    { Year: -0 },
    { YearMonth: [-0, 1] },
    { Json: { a: [-0, { b: -0 }] } },
  ];
  for (const json of cases) {
    // assertEquals takes 0 and -0 for the same.
    assertEquals(hasNegativeZero(json), true);
    assertEquals(hasNegativeZero(AttributeValue.command.parse(json)), false, JSON.stringify(json));
    assertEquals<unknown>(AttributeValue.command.parse(json), JSON.parse(JSON.stringify(json)));
  }
});

function hasNegativeZero(json: unknown): boolean {
  if (typeof json !== "object" || json === null) return Object.is(json, -0);
  return Object.values(json).some(hasNegativeZero);
}

Deno.test("AttributeValue: given any JSON in Json, when read, then it is kept", () => {
  for (const json of [null, "", 0, false, [], {}, { Json: null }, { constructor: { a: 1 } }]) {
    assertEquals(AttributeValue.command.parse({ Json: json }), { Json: json });
  }
});

Deno.test("isValidOn: given a range, when asked, then both ends are in it", () => {
  const range = height(1, { valid_from: "2020-01-01", valid_until: "2020-12-31" }).temporal;
  const days = ["2019-12-31", "2020-01-01", "2020-12-31", "2021-01-01"];
  assertEquals(days.map((day) => isValidOn(range, day)), [false, true, true, false]);
  const turned = height(1, { valid_from: "2020-01-02", valid_until: "2020-01-01" }).temporal;
  assertEquals(["2020-01-01", "2020-01-02"].some((day) => isValidOn(turned, day)), false);
});

Deno.test("composeTemporal: given two ranges, when composed, then both hold", () => {
  const a = { recorded_at: "2024-01-01T00:00:00.5Z", valid_from: "2020-01-01", valid_until: null };
  const b = {
    recorded_at: "2024-01-01T00:00:00.50001Z",
    valid_from: "2019-01-01",
    valid_until: "2021-01-01",
  };
  const both = {
    recorded_at: "2024-01-01T00:00:00.50001Z",
    valid_from: "2020-01-01",
    valid_until: "2021-01-01",
  };
  assertEquals(composeTemporal(a, b), both);
  assertEquals(composeTemporal(b, a), both);
});

Deno.test("indexOfCurrent: given several of a type, when asked for a day, then the last valid one is current, else the last", () => {
  const attributes = [
    height(1.1, { valid_from: "2020-01-01", valid_until: "2020-12-31" }),
    height(1.2, { valid_from: "2020-06-01", valid_until: "2021-12-31" }),
    { ...height(70), attribute_type: { Physical: "Weight" } as const, value: { Mass: 70 } },
    height(1.3, { valid_from: "2023-01-01" }),
  ];
  const at = (day: string) => indexOfCurrent(attributes, { Physical: "Height" }, day);
  assertEquals(["2020-03-01", "2020-07-01", "2022-06-01", "2024-01-01"].map(at), [0, 1, 3, 3]);
  assertEquals(indexOfCurrent(attributes, { Physical: "Scars" }, "2024-01-01"), -1);
});
