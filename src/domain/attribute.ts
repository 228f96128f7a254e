import type { z } from "zod";
import { AttributeValue, type AttributeValueKind } from "./attribute_value.ts";
import { absentAsEmpty, list, optional, type Reading, readings, record, text } from "./schema.ts";
import { externallyTagged, unitEnum } from "./tagged_union.ts";
import { isValidOn, TemporalValidity } from "./temporal_validity.ts";
import { type CalendarDate, Instant, unreachable } from "./values.ts";

/** The kinds of value that each type of attribute takes. Source: wire.md, Attributes. */
const VALUE_KINDS = {
  Identifying: {
    BirthDateTime: ["DateTime"],
    BirthDate: ["Date"],
    BirthYear: ["Year"],
    ApproximateBirthDate: ["ApproximateDate", "YearMonth", "Year"],
    BirthPlace: ["LocationReference", "Text"],
    EyeColor: ["EyeColor"],
    BiologicalSex: ["BiologicalSex"],
    BloodType: ["BloodType"],
    MotherId: ["PersonReference"],
    FatherId: ["PersonReference"],
    NationalId: ["Text"],
  },
  Physical: {
    Height: ["Length"],
    Weight: ["Mass"],
    HairColor: ["HairColor"],
    HairStyle: ["Text"],
    FacialHair: ["Text"],
    Scars: ["Text", "TextList"],
    Birthmarks: ["Text", "TextList"],
    Tattoos: ["Text", "TextList"],
    Piercings: ["Text", "TextList"],
    Handedness: ["Handedness"],
  },
  Healthcare: {
    BloodType: ["BloodType"],
    Allergies: ["Text", "TextList"],
    ChronicConditions: ["Text", "TextList"],
    Medications: ["Text", "TextList"],
    Disabilities: ["Text", "TextList"],
    VisionCorrection: ["Text", "Boolean"],
    HearingAids: ["Text", "Boolean"],
    MedicalRecordNumber: ["Text"],
    InsuranceId: ["Text"],
    OrganDonor: ["Boolean"],
  },
  Demographic: {
    PreferredLanguage: ["Text"],
    PrimaryLanguage: ["Text"],
    SpokenLanguages: ["TextList"],
    Citizenship: ["Text", "TextList"],
    Nationality: ["Text", "TextList"],
    Ethnicity: ["Text", "TextList"],
    Religion: ["Text", "TextList"],
  },
} as const satisfies Record<string, Record<string, readonly AttributeValueKind[]>>;

/** What an attribute is about: `{"Physical": "Height"}`, or a type of an organization's own. */
export const AttributeType = readings((reading) =>
  externallyTagged([], {
    Identifying: unitEnum(namesOf(VALUE_KINDS.Identifying)),
    Physical: unitEnum(namesOf(VALUE_KINDS.Physical)),
    Healthcare: unitEnum(namesOf(VALUE_KINDS.Healthcare)),
    Demographic: unitEnum(namesOf(VALUE_KINDS.Demographic)),
    Custom: record(reading, {
      organization: text(reading),
      attribute_name: text(reading),
      category: text(reading),
    }),
  })
);
/** What an attribute is about: `{"Physical": "Height"}`. */
export type AttributeType = z.output<typeof AttributeType.command>;

/** Where an attribute comes from and what was done to it since. */
export const Provenance = readings((reading) =>
  record(reading, {
    source: externallyTagged(["SelfReported", "Measured", "DocumentVerified", "Computed"], {
      Imported: record(reading, { system: text(reading) }),
    }),
    confidence: unitEnum(["Certain", "Likely", "Possible", "Uncertain"]),
    recorded_by: optional(text(reading)),
    trace: absentAsEmpty(list(reading, transformation(reading))),
  })
);
/** Where an attribute comes from and what was done to it since. */
export type Provenance = z.output<typeof Provenance.command>;

/** A fact about a person: what it is about, what it says, when it holds and where it comes from. */
export const PersonAttribute = readings((reading) =>
  record(reading, {
    attribute_type: AttributeType[reading],
    value: AttributeValue[reading],
    temporal: TemporalValidity[reading],
    provenance: Provenance[reading],
  })
);
/** A fact about a person: what it is about, what it says, when it holds and where it comes from. */
export type PersonAttribute = z.output<typeof PersonAttribute.command>;

/** Top-level group of attribute types. */
export type AttributeCategory =
  | "Identifying"
  | "Physical"
  | "Healthcare"
  | "Demographic"
  | "Custom";

/** The group that a type belongs to. */
export function categoryOf(type: AttributeType): AttributeCategory {
  if ("Identifying" in type) return "Identifying";
  if ("Physical" in type) return "Physical";
  if ("Healthcare" in type) return "Healthcare";
  if ("Demographic" in type) return "Demographic";
  return "Custom" in type ? "Custom" : unreachable(type);
}

/** The kinds of value that a type takes; null for any. */
export function allowedKinds(type: AttributeType): readonly AttributeValueKind[] | null {
  if ("Identifying" in type) return VALUE_KINDS.Identifying[type.Identifying];
  if ("Physical" in type) return VALUE_KINDS.Physical[type.Physical];
  if ("Healthcare" in type) return VALUE_KINDS.Healthcare[type.Healthcare];
  if ("Demographic" in type) return VALUE_KINDS.Demographic[type.Demographic];
  return "Custom" in type ? null : unreachable(type);
}

/** Whether two types are the same; a custom one is all three of its names. */
export function isSameType(a: AttributeType, b: AttributeType): boolean {
  return typeName(a) === typeName(b);
}

/** A type in one text, for messages and comparison: `Physical.Height`. */
export function typeName(type: AttributeType): string {
  if ("Identifying" in type) return `Identifying.${type.Identifying}`;
  if ("Physical" in type) return `Physical.${type.Physical}`;
  if ("Healthcare" in type) return `Healthcare.${type.Healthcare}`;
  if ("Demographic" in type) return `Demographic.${type.Demographic}`;
  if (!("Custom" in type)) return unreachable(type);
  const { organization, attribute_name, category } = type.Custom;
  // As JSON, so that no text in a name can look like the border between two.
  return `Custom.${JSON.stringify([organization, attribute_name, category])}`;
}

/**
 * Index of the current attribute of a type on a day: the last one of those valid that day, else the last of the type;
 * -1 for none. Source: wire.md, State and lifecycle.
 */
export function indexOfCurrent(
  attributes: readonly PersonAttribute[],
  type: AttributeType,
  date: CalendarDate,
): number {
  const name = typeName(type);
  const isOfType = (attribute: PersonAttribute) => typeName(attribute.attribute_type) === name;
  const valid = attributes.findLastIndex((attribute) =>
    isValidOn(attribute.temporal, date) && isOfType(attribute)
  );
  return valid === -1 ? attributes.findLastIndex(isOfType) : valid;
}

function transformation(reading: Reading) {
  return record(reading, {
    transformation: text(reading),
    applied_at: Instant,
    applied_by: text(reading),
  });
}

function namesOf<T extends Record<string, unknown>>(table: T): (keyof T & string)[] {
  // The table is ours and has no other keys than its type says.
  return Object.keys(table) as (keyof T & string)[];
}
