import { z } from "zod";

/** What each variant with data carries. */
export type Variants = Record<string, z.ZodType>;

/** Inside the program: the variant's name beside its data. */
export type Tagged<V extends Variants> = {
  [K in keyof V & string]: { type: K; data: z.output<V[K]> };
}[keyof V & string];

/** As on the wire: an object of one key, the variant's name. */
export type KeyTagged<V extends Variants> = {
  [K in keyof V & string]: { [P in K]: z.output<V[K]> };
}[keyof V & string];

/**
 * Reads `{"Variant": payload}` into `{ type: "Variant", data }`. Looks at the one key and runs only that variant's
 * schema, so that its cost does not grow with the number of variants and its issues name the field.
 */
export function taggedUnion<V extends Variants>(variants: V): z.ZodType<Tagged<V>> {
  const names = Object.keys(variants);
  return z.unknown().transform((input, context) => {
    const variant = singleEntryOf(input);
    const schema = variant && schemaOf(variants, variant[0]);
    if (variant === undefined || schema === undefined) {
      return refuse(context, input, mismatch(variant?.[0], names));
    }
    const [type, payload] = variant;
    const parsed = parsePayload(schema, type, payload, context);
    // TypeScript can't see that this schema is the one of this key.
    return parsed === undefined ? z.NEVER : { type, data: parsed.data } as Tagged<V>;
  });
}

/**
 * An enum whose values keep the shape of the wire: `"Variant"` (also read as `{"Variant": null}`) or
 * `{"Variant": payload}`.
 * @param names the variants without data
 */
export function externallyTagged<const N extends string, V extends Variants>(
  names: readonly N[],
  variants: V,
): z.ZodType<N | KeyTagged<V>> {
  const unitByName = new Map<unknown, N>(names.map((name) => [name, name]));
  const allNames = [...names, ...Object.keys(variants)];
  return z.unknown().transform((input, context) => {
    const variant = singleEntryOf(input);
    const unit = unitByName.get(variant === undefined ? input : variant[0]);
    if (unit !== undefined && (variant === undefined || variant[1] === null)) return unit;
    const schema = variant && schemaOf(variants, variant[0]);
    if (variant === undefined || schema === undefined) {
      return refuse(context, input, mismatch(variant?.[0] ?? input, allNames));
    }
    const [name, payload] = variant;
    const parsed = parsePayload(schema, name, payload, context);
    // TypeScript can't see that this schema is the one of this key.
    return parsed === undefined ? z.NEVER : { [name]: parsed.data } as KeyTagged<V>;
  });
}

/** An enum of variants without data. */
export function unitEnum<const N extends string>(names: readonly N[]): z.ZodType<N> {
  return externallyTagged(names, {});
}

/** The one key and its value, or undefined where there is not exactly one. */
export function singleEntryOf(input: unknown): [key: string, value: unknown] | undefined {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return undefined;
  const [entry, ...others] = Object.entries(input);
  return others.length === 0 ? entry : undefined;
}

function schemaOf(variants: Variants, name: string): z.ZodType | undefined {
  // Not `variants[name]` alone: "constructor" must not find what every object inherits.
  return Object.hasOwn(variants, name) ? variants[name] : undefined;
}

function parsePayload(
  schema: z.ZodType,
  name: string,
  payload: unknown,
  context: z.RefinementCtx,
): { data: unknown } | undefined {
  const result = schema.safeParse(payload);
  if (result.success) return result;
  for (const issue of result.error.issues) {
    const path = [name, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        context.issues.push({
          code: "custom",
          message: "Unknown field",
          path: [...path, key],
          input: payload,
        });
      }
    } else {
      context.issues.push({ code: "custom", message: issue.message, path, input: payload });
    }
  }
  return undefined;
}

function refuse(context: z.RefinementCtx, input: unknown, message: string): never {
  context.issues.push({ code: "custom", message, input });
  return z.NEVER;
}

function mismatch(found: unknown, names: readonly string[]): string {
  const expected = names.map((name) => `"${name}"`).join(", ");
  if (typeof found !== "string") return `Expected exactly one of ${expected}`;
  return names.includes(found)
    ? `Variant "${found}" has another shape`
    : `Unknown variant "${found.slice(0, MAX_QUOTED)}": expected one of ${expected}`;
}

/** Enough to recognize a typo; what was sent may be long. */
const MAX_QUOTED = 50;
