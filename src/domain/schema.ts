import { z } from "zod";

/**
 * How JSON is read. A command is judged by every rule; a stored event or state only by its shape, so that
 * what was once accepted loads whatever the rules are today. Source: wire.md, Ground rules and Events.
 */
export type Reading = "command" | "stored";

/** One declaration, both readings: the type is the same. */
export type Readings<S extends z.ZodType> = Record<Reading, S>;

/** Items a list may have in a command. */
export const MAX_LIST_ITEMS = 200;
/** Characters a text may have in a command. */
export const MAX_TEXT_CHARACTERS = 10_000;

/** Declares a schema for both readings. */
export function readings<S extends z.ZodType>(declare: (reading: Reading) => S): Readings<S> {
  return { command: declare("command"), stored: declare("stored") };
}

/** An object: an unknown field is refused in a command and dropped from what is stored. */
export function record<S extends z.ZodRawShape>(reading: Reading, shape: S): z.ZodObject<S> {
  return reading === "command" ? z.strictObject(shape) : z.object(shape);
}

/** A string of limited length; characters are code points. */
export function text(reading: Reading, maxCharacters: number = MAX_TEXT_CHARACTERS): z.ZodString {
  if (reading === "stored") return z.string();
  return z.string().refine((value) => isWithin(value, maxCharacters), {
    error: `Too long: expected at most ${maxCharacters} characters`,
  });
}

/** An array of limited length. */
export function list<S extends z.ZodType>(reading: Reading, item: S): z.ZodArray<S> {
  return reading === "stored" ? z.array(item) : z.array(item).max(MAX_LIST_ITEMS);
}

/** A list that may be absent, and then is empty. null is refused. */
export function absentAsEmpty<S extends z.ZodType>(
  items: z.ZodArray<S>,
): z.ZodDefault<z.ZodArray<S>> {
  return items.default(() => []);
}

/** A field that may be absent or null, and then is null. */
export function optional<S extends z.ZodType>(schema: S): z.ZodDefault<z.ZodNullable<S>> {
  return schema.nullable().default(null);
}

/** Any finite double. */
export function finite(): z.ZodNumber {
  return z.number().overwrite(withoutNegativeZero);
}

/** A whole number within ±(2^53-1). */
export function whole(): z.ZodNumber {
  return z.int().overwrite(withoutNegativeZero);
}

/** JSON can't tell -0 from 0 once written, so neither may what is read. */
export function withoutNegativeZero(value: number): number {
  return value + 0;
}

function isWithin(value: string, maxCharacters: number): boolean {
  // A code point takes one or two units of `length`: only between the two does it have to be counted.
  if (value.length <= maxCharacters) return true;
  return value.length <= 2 * maxCharacters && [...value].length <= maxCharacters;
}
