import { z } from "zod";
import { unitEnum } from "./tagged_union.ts";

/** A person's UUID, lower case and hyphenated. Reads every form that wire.md names. */
export const PersonId = z.unknown().transform((input, context): string => {
  const id = normalizePersonId(isIdObject(input) ? input.id : input);
  if (id !== undefined) return id;
  context.issues.push({ code: "custom", message: "Expected a person id (a UUID)", input });
  return z.NEVER;
});
/** A person's UUID, lower case and hyphenated. */
export type PersonId = z.output<typeof PersonId>;

/** A calendar day, `YYYY-MM-DD`, of the years 0000 to 9999. Days compare as strings. */
export const CalendarDate = z.string().refine(isCalendarDate, {
  error: "Expected a calendar date, YYYY-MM-DD",
});
/** A calendar day, `YYYY-MM-DD`. Days compare as strings. */
export type CalendarDate = z.output<typeof CalendarDate>;

/** A moment: RFC 3339 with any offset, turned to UTC, every fraction digit kept. */
export const Instant = z.string().transform((input, context): string => {
  const instant = normalizeInstant(input);
  if (instant !== undefined) return instant;
  context.issues.push({ code: "custom", message: "Expected an RFC 3339 timestamp", input });
  return z.NEVER;
});
/**
 * A moment, RFC 3339 in UTC (`2024-07-01T00:00:00Z`), with as many fraction digits as were given.
 * May be a leap second, which `Date` can't read; compare with `compareInstants`.
 */
export type Instant = z.output<typeof Instant>;

/** Why two persons were merged. */
export const MergeReason = unitEnum([
  "DuplicateIdentity",
  "DataQualityIssue",
  "UserRequested",
  "PolicyDetermined",
]);
/** Why two persons were merged. */
export type MergeReason = z.output<typeof MergeReason>;

/** The UTC day of a moment. */
export function dayOf(instant: Instant): CalendarDate {
  return instant.slice(0, 10);
}

/** The day before; the first day there is stays what it is. */
export function dayBefore(date: CalendarDate): CalendarDate {
  return addDays(date, -1) ?? date;
}

/** Negative when a is earlier than b, zero when they are the same moment, however many digits were given. */
export function compareInstants(a: Instant, b: Instant): number {
  const [left, right] = [withoutTrailingZeros(a), withoutTrailingZeros(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Fails to compile where a switch forgot a case. */
export function unreachable(value: never): never {
  throw new TypeError(`Unreachable case: ${JSON.stringify(value)}`);
}

const NORMAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID = /^(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;
const BRACED_UUID = /^\{(.{36})\}$/;
const SIMPLE_UUID = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

function normalizePersonId(input: unknown): string | undefined {
  if (typeof input !== "string") return undefined;
  // Nearly all of them.
  if (NORMAL_UUID.test(input)) return input;
  const id = input.toLowerCase();
  const bare = BRACED_UUID.exec(id)?.[1] ?? id;
  const hyphenated = UUID.exec(bare)?.[1];
  return hyphenated ?? SIMPLE_UUID.exec(bare)?.slice(1).join("-");
}

/** The original's form, `{"id": "<uuid>"}`. */
function isIdObject(input: unknown): input is { id: unknown } {
  return typeof input === "object" && input !== null && "id" in input &&
    Object.keys(input).length === 1;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

function isCalendarDate(value: string): boolean {
  const match = DATE.exec(value);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const MS_PER_DAY = 86_400_000;
const MINUTES_PER_DAY = 1_440;

/** undefined outside the years 0000 to 9999. */
function addDays(date: CalendarDate, days: number): CalendarDate | undefined {
  const shifted = new Date(Date.parse(`${date}T00:00:00Z`) + days * MS_PER_DAY).toISOString();
  // Other years are written with a sign and six digits.
  return shifted.length === 24 ? shifted.slice(0, 10) : undefined;
}

const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

function normalizeInstant(input: string): Instant | undefined {
  const match = RFC_3339.exec(input);
  if (match === null) return undefined;
  const [, date = "", hour, minute, second, fraction = "", sign, offsetHour, offsetMinute] = match;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const [oh, om] = [Number(offsetHour ?? 0), Number(offsetMinute ?? 0)];
  if (!isCalendarDate(date) || h > 23 || m > 59 || s > 60 || oh > 23 || om > 59) return undefined;
  const offset = (sign === "-" ? -1 : 1) * (oh * 60 + om);
  const minutes = h * 60 + m - offset;
  const days = Math.floor(minutes / MINUTES_PER_DAY);
  const utcDate = days === 0 ? date : addDays(date, days);
  if (utcDate === undefined) return undefined;
  const minuteOfDay = minutes - days * MINUTES_PER_DAY;
  if (s === 60 && !mayHoldLeapSecond(utcDate, minuteOfDay)) return undefined;
  const utcHour = twoDigits(Math.floor(minuteOfDay / 60));
  return `${utcDate}T${utcHour}:${twoDigits(minuteOfDay % 60)}:${second}${fraction}Z`;
}

/** Leap seconds end a month, in UTC. Source: RFC 3339, 5.7. */
function mayHoldLeapSecond(utcDate: CalendarDate, minuteOfDay: number): boolean {
  return minuteOfDay === MINUTES_PER_DAY - 1 && addDays(utcDate, 1)?.endsWith("-01") === true;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

function withoutTrailingZeros(instant: Instant): string {
  if (!instant.includes(".")) return instant.slice(0, -1);
  // By hand, for a regular expression would look at a long run of zeros once from each of them.
  let end = instant.length - 1;
  while (instant[end - 1] === "0") end--;
  return instant.slice(0, instant[end - 1] === "." ? end - 1 : end);
}
