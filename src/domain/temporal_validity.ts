import type { z } from "zod";
import { optional, readings, record } from "./schema.ts";
import { CalendarDate, compareInstants, Instant } from "./values.ts";

/** When an attribute holds. Both ends included; null leaves an end open; turned round it never holds. */
export const TemporalValidity = readings((reading) =>
  record(reading, {
    recorded_at: Instant,
    valid_from: optional(CalendarDate),
    valid_until: optional(CalendarDate),
  })
);
/** When an attribute holds. Both ends included; null leaves an end open; turned round it never holds. */
export type TemporalValidity = z.output<typeof TemporalValidity.command>;

/** Whether it holds on that day. */
export function isValidOn(temporal: TemporalValidity, date: CalendarDate): boolean {
  const { valid_from, valid_until } = temporal;
  return (valid_from === null || valid_from <= date) &&
    (valid_until === null || date <= valid_until);
}

/** When both hold: the later recorded_at, the later from, the earlier until. */
export function composeTemporal(a: TemporalValidity, b: TemporalValidity): TemporalValidity {
  return {
    recorded_at: compareInstants(a.recorded_at, b.recorded_at) < 0 ? b.recorded_at : a.recorded_at,
    valid_from: later(a.valid_from, b.valid_from),
    valid_until: earlier(a.valid_until, b.valid_until),
  };
}

/** The earlier of two days; null is no day. */
export function earlier(a: CalendarDate | null, b: CalendarDate | null): CalendarDate | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

function later(a: CalendarDate | null, b: CalendarDate | null): CalendarDate | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
