import type { z } from "zod";
import { optional, readings, record, text } from "./schema.ts";
import { unitEnum } from "./tagged_union.ts";
import { CalendarDate } from "./values.ts";

/** A title that a person bears for a time. */
export const PersonTitle = readings((reading) =>
  record(reading, {
    title: text(reading),
    title_type: unitEnum([
      "Academic",
      "Professional",
      "Noble",
      "Honorary",
      "Military",
      "Religious",
      "Other",
    ]),
    awarded_date: optional(CalendarDate),
    revoked_date: optional(CalendarDate),
    expiry_date: optional(CalendarDate),
    issuing_authority: optional(text(reading)),
    revocation_reason: optional(text(reading)),
  })
);
/** A title that a person bears for a time. */
export type PersonTitle = z.output<typeof PersonTitle.command>;

/** Whether it is borne on that day: from the day of the award, no longer on the day of revocation or expiry. */
export function isTitleValidOn(title: PersonTitle, date: CalendarDate): boolean {
  const { awarded_date, revoked_date, expiry_date } = title;
  return (awarded_date === null || awarded_date <= date) &&
    (revoked_date === null || date < revoked_date) &&
    (expiry_date === null || date < expiry_date);
}
