import fc from "fast-check";

// Everything here is JSON as a caller may send it: with absent fields, ids in any form and `{"Variant": null}`.

/** Two persons, so that commands meet and merges find their target. */
export const PERSON_IDS = [
  "019a5c30-1234-7abc-9def-123456789abc",
  "019a5c30-1234-7abc-9def-123456789abd",
] as const;

/** One of PERSON_IDS in one of its forms. */
export const personId = fc.constantFrom(...PERSON_IDS).chain((id) =>
  fc.constantFrom(id, id.toUpperCase(), id.replaceAll("-", ""), `urn:uuid:${id}`, { id })
);

const FIRST_DAY = Date.UTC(1900, 0, 1);
const DAYS = 50_000;

/** A day between 1900 and 2036. */
export const calendarDate = fc.integer({ min: 0, max: DAYS }).map((day) =>
  new Date(FIRST_DAY + day * 86_400_000).toISOString().slice(0, 10)
);

/** A moment between 1900 and 2036, with any offset and number of digits. */
export const instant = fc.tuple(
  calendarDate,
  fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59)),
  fc.constantFrom("", ".5", ".120", ".123456789"),
  fc.constantFrom("Z", "z", "+00:00", "-08:30", "+14:00"),
).map(([date, time, fraction, offset]) =>
  `${date}T${time.map((part) => String(part).padStart(2, "0")).join(":")}${fraction}${offset}`
);

/** A variant without data, in one of its two forms. */
function unit<T extends string>(...names: T[]) {
  return fc.constantFrom(...names).chain((name) => fc.constantFrom(name, { [name]: null }));
}

/** A text that may be hard to handle, but is not blank. */
export const part = fc.oneof(
  fc.constantFrom("Ann", "van", "y", "Jr.", "Einarsson", "山田", "O'Brien", "🙂", '"\\'),
  fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
).filter((text) => text.trim() !== "");

const text = fc.oneof(fc.string({ maxLength: 30, unit: "grapheme" }), fc.constant("reason"));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

/** A name that a command may carry. */
export const personName = fc.record({
  components: fc.record({
    given_names: fc.array(part, { minLength: 1, maxLength: 3 }),
    family_names: fc.array(part, { maxLength: 3 }),
    patronymic: optional(part),
    matronymic: optional(part),
    prefixes: fc.array(part, { maxLength: 2 }),
    suffixes: fc.array(part, { maxLength: 2 }),
  }, { requiredKeys: ["given_names"] }),
  preferred_form: optional(part),
  naming_convention: unit(
    "Western",
    "Spanish",
    "EastAsian",
    "Patronymic",
    "Mononymic",
    "Other",
  ),
}, { requiredKeys: ["components", "naming_convention"] });

/** A type with a value that it takes; few types, so that updates and invalidations find theirs. */
const typeAndValue = fc.oneof(
  fc.record({
    attribute_type: fc.constant({ Physical: "Height" }),
    value: fc.record({ Length: fc.double({ min: 0.1, max: 3, noNaN: true }) }),
  }),
  fc.record({
    attribute_type: fc.record({ Identifying: unit("MotherId") }),
    value: fc.record({ PersonReference: personId }),
  }),
  fc.record({
    attribute_type: fc.constant({ Healthcare: "Allergies" }),
    value: fc.oneof(
      fc.record({ Text: text }),
      fc.record({ TextList: fc.array(text, { maxLength: 5 }) }),
    ),
  }),
  fc.record({
    attribute_type: fc.constant({
      Custom: { organization: "o", attribute_name: "a", category: "c" },
    }),
    value: fc.oneof(
      fc.record({ Json: fc.jsonValue() }),
      fc.record({ Number: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      fc.record({ Integer: fc.maxSafeInteger() }),
      fc.record({ Boolean: fc.boolean() }),
      fc.record({ DateTime: instant }),
      fc.record({ YearMonth: fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 12 })) }),
      fc.record({
        ApproximateDate: fc.record({ date: calendarDate, precision: unit("Month", "Decade") }),
      }),
      fc.record({ Mass: fc.double({ min: 0.1, max: 300, noNaN: true }) }),
      fc.record({ EyeColor: unit("Brown", "Heterochromia") }),
    ),
  }),
);

const temporal = fc.tuple(instant, optional(calendarDate), optional(calendarDate)).map(
  ([recorded_at, a, b]) =>
    a !== null && b !== null && a > b
      ? { recorded_at, valid_from: b, valid_until: a }
      : { recorded_at, ...(a === null ? {} : { valid_from: a }), valid_until: b },
);

const provenance = fc.record({
  source: fc.oneof(
    unit("SelfReported", "Measured", "DocumentVerified", "Computed"),
    fc.record({ Imported: fc.record({ system: text }) }),
  ),
  confidence: unit("Certain", "Likely", "Possible", "Uncertain"),
  recorded_by: optional(text),
  trace: fc.array(
    fc.record({ transformation: text, applied_at: instant, applied_by: text }),
    { maxLength: 2 },
  ),
}, { requiredKeys: ["source", "confidence"] });

/** An attribute that a command may carry. */
export const attribute = fc.tuple(typeAndValue, temporal, provenance).map(
  ([typed, temporal, provenance]) => ({ ...typed, temporal, provenance }),
);

const attribute_type = attribute.map(({ attribute_type }) => attribute_type);

/** Any command that can be read, whether or not it is accepted then. Rarely one that ends a person's life. */
export const personCommand: fc.Arbitrary<Record<string, Record<string, unknown>>> = fc.oneof(
  command(1, "CreatePerson", { name: personName, source: text }),
  command(3, "UpdateName", { name: personName, reason: optional(text) }),
  command(2, "SetBirthDate", { birth_date: calendarDate }),
  command(1, "RecordDeath", { date_of_death: calendarDate }),
  command(2, "DeactivatePerson", { reason: text }),
  command(4, "ReactivatePerson", { reason: text }),
  command(1, "ArchivePerson", { reason: text }),
  {
    weight: 1,
    arbitrary: fc.record({
      MergePersons: fc.record({
        source_person_id: personId,
        target_person_id: personId,
        merge_reason: unit("DuplicateIdentity", "DataQualityIssue", "UserRequested"),
      }),
    }),
  },
  command(10, "RecordAttribute", { attribute }),
  {
    weight: 8,
    arbitrary: attribute.chain((new_attribute) =>
      command(1, "UpdateAttribute", {
        attribute_type: fc.oneof(fc.constant(new_attribute.attribute_type), attribute_type),
        new_attribute: fc.constant(new_attribute),
      }).arbitrary
    ),
  },
  command(8, "InvalidateAttribute", { attribute_type, reason: optional(text) }),
);

function command(weight: number, name: string, fields: Record<string, fc.Arbitrary<unknown>>) {
  return {
    weight,
    arbitrary: fc.record({ [name]: fc.record({ person_id: personId, ...fields }) }),
  };
}
