import { z } from "zod";
import {
  finite,
  list,
  type Reading,
  readings,
  record,
  text,
  whole,
  withoutNegativeZero,
} from "./schema.ts";
import { externallyTagged, unitEnum } from "./tagged_union.ts";
import { CalendarDate, Instant, PersonId } from "./values.ts";

const BloodType = unitEnum([
  "APositive",
  "ANegative",
  "BPositive",
  "BNegative",
  "ABPositive",
  "ABNegative",
  "OPositive",
  "ONegative",
]);
const EyeColor = unitEnum(["Brown", "Blue", "Green", "Hazel", "Gray", "Amber", "Heterochromia"]);
const HairColor = unitEnum(["Black", "Brown", "Blonde", "Red", "Gray", "White", "Dyed"]);
const BiologicalSex = unitEnum(["Male", "Female", "Intersex"]);
const Handedness = unitEnum(["Right", "Left", "Ambidextrous"]);
const DatePrecision = unitEnum(["Exact", "Month", "Year", "Decade", "Century"]);

/** What an attribute says, by kind. `Length` is in metres, `Mass` in kilograms. */
export const AttributeValue = readings((reading) =>
  externallyTagged([], {
    Text: text(reading),
    Number: finite(),
    Integer: whole(),
    Boolean: z.boolean(),
    DateTime: Instant,
    Date: CalendarDate,
    YearMonth: z.tuple([whole(), month(reading)]),
    Year: whole(),
    ApproximateDate: record(reading, { date: CalendarDate, precision: DatePrecision }),
    Length: measure(reading),
    Mass: measure(reading),
    BloodType,
    EyeColor,
    HairColor,
    BiologicalSex,
    Handedness,
    LocationReference: text(reading),
    PersonReference: PersonId,
    TextList: list(reading, text(reading)),
    Json: z.unknown().transform(withoutNegativeZeros),
  })
);
/** What an attribute says: `{"Length": 1.75}`. */
export type AttributeValue = z.output<typeof AttributeValue.command>;

/** The kind of a value: `Length`, `Text` … */
export type AttributeValueKind = AttributeValue extends infer V
  ? V extends unknown ? keyof V & string : never
  : never;

function month(reading: Reading) {
  return reading === "stored" ? whole() : whole().min(1).max(12);
}

function measure(reading: Reading) {
  return reading === "stored" ? finite() : finite().positive();
}

function withoutNegativeZeros(json: unknown): unknown {
  if (typeof json === "number") return withoutNegativeZero(json);
  if (Array.isArray(json)) return json.map(withoutNegativeZeros);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, withoutNegativeZeros(value)]),
  );
}
