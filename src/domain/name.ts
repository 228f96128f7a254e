import type { z } from "zod";
import { absentAsEmpty, list, optional, type Reading, readings, record, text } from "./schema.ts";
import { unitEnum } from "./tagged_union.ts";

/** Characters a part of a name may have in a command. */
const MAX_NAME_PART_CHARACTERS = 1_000;

/** How a name is put together and shown. */
export const NamingConvention = unitEnum([
  "Western",
  "Spanish",
  "EastAsian",
  "Patronymic",
  "Mononymic",
  "Other",
]);
/** How a name is put together and shown. */
export type NamingConvention = z.output<typeof NamingConvention>;

/**
 * A person's name. `prefixes` are the particles of the family name (`van`, `de la`), not titles.
 * In a command it has a given or family name, and no blank part.
 */
export const PersonName = readings((reading) =>
  record(reading, {
    components: nameComponents(reading),
    preferred_form: optional(namePart(reading, "Preferred form cannot be an empty string")),
    naming_convention: NamingConvention,
  })
);
/** A person's name. `prefixes` are the particles of the family name, not titles. */
export type PersonName = z.output<typeof PersonName.command>;

function nameComponents(reading: Reading) {
  const parts = (label: string) =>
    absentAsEmpty(list(reading, namePart(reading, `${label} cannot be empty strings`)));
  const components = record(reading, {
    given_names: parts("Given names"),
    family_names: parts("Family names"),
    patronymic: optional(namePart(reading, "Patronymic cannot be an empty string")),
    matronymic: optional(namePart(reading, "Matronymic cannot be an empty string")),
    prefixes: parts("Prefixes"),
    suffixes: parts("Suffixes"),
  });
  if (reading === "stored") return components;
  return components.refine((name) => name.given_names.length + name.family_names.length > 0, {
    error: "Name must have at least one given name or family name",
  });
}

function namePart(reading: Reading, blankMessage: string) {
  const part = text(reading, MAX_NAME_PART_CHARACTERS);
  return reading === "stored"
    ? part
    : part.refine((value) => value.trim() !== "", { error: blankMessage });
}
