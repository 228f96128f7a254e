/**
 * Readers of single settings: text in, value out. A refusal says what was found and what to write;
 * the variable's name stands in the issue's path.
 *
 * @module
 */
import { z } from "zod";

/** `500ms`, `5s`, `2m`, `12h`, `30d` or `0`, as milliseconds; both ends included. */
export function durationMs(min: string, max: string): z.ZodType<number, string> {
  const expected = `write a duration from ${min} to ${max} such as "500ms", "5s", "2m" or "30d"`;
  const from = millisecondsOf(min) ?? 0;
  const to = millisecondsOf(max) ?? Infinity;
  return reader((text) => within(millisecondsOf(text), from, to), expected);
}

/** `65536`, `64KiB`, `128MiB` or `1GiB`, as bytes. */
export function byteSize(): z.ZodType<number, string> {
  const factors: Record<string, number> = { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
  const read = (text: string) => {
    const [, digits, unit = ""] = text.match(/^(\d+)(KiB|MiB|GiB|)$/) ?? [];
    const bytes = Number(digits) * (factors[unit] ?? NaN);
    return Number.isSafeInteger(bytes) ? bytes : undefined;
  };
  return reader(read, 'write a number of bytes such as "65536", "64KiB" or "128MiB"');
}

/** A whole number; both ends included. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const read = (text: string) => /^\d+$/.test(text) ? within(Number(text), min, max) : undefined;
  return reader(read, `write a whole number from ${min} to ${max}`);
}

/** `true` or `false`, and what else people write for them. */
export function yesOrNo(): z.ZodType<boolean, string> {
  const read = (text: string) => {
    if (["true", "yes", "on", "1"].includes(text.toLowerCase())) return true;
    return ["false", "no", "off", "0"].includes(text.toLowerCase()) ? false : undefined;
  };
  return reader(read, 'write "true" or "false"');
}

/** One of some lower-case words, written in any case. */
export function oneOf<const Word extends string>(words: Word[]): z.ZodType<Word, string> {
  const read = (text: string) => words.find((word) => word === text.toLowerCase());
  return reader(read, `write one of ${words.join(", ")}`);
}

/** Text that fits a pattern. */
export function matching(pattern: RegExp, expected: string): z.ZodType<string, string> {
  return reader((text) => pattern.test(text) ? text : undefined, expected);
}

function millisecondsOf(text: string): number | undefined {
  if (text === "0") return 0;
  const units: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };
  const [, digits, unit = ""] = text.match(/^(\d+)(ms|s|m|h|d)$/) ?? [];
  const factor = units[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

function within(number: number | undefined, min: number, max: number): number | undefined {
  return number !== undefined && number >= min && number <= max ? number : undefined;
}

function reader<Value>(
  read: (text: string) => Value | undefined,
  expected: string,
): z.ZodType<Value, string> {
  return z.string().transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    const message = `found ${JSON.stringify(text)}; ${expected}`;
    context.issues.push({ code: "custom", input: undefined, message });
    return z.NEVER;
  });
}
