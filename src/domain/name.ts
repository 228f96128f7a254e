import type { z } from "zod";
import { graphemesOf } from "./graphemes.ts";
import { absentAsEmpty, list, optional, type Reading, readings, record, text } from "./schema.ts";
import { unitEnum } from "./tagged_union.ts";
import { unreachable } from "./values.ts";

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

/** What a name is shown for. Source: wire.md, Names. */
export type NameDisplayPolicy = "Formal" | "Informal" | "Legal" | "Alphabetical" | "Cultural";

/** The name as the policy shows it; `Unknown` where the policy finds nothing to show. */
export function formatPersonName(name: PersonName, policy: NameDisplayPolicy): string {
  return byPolicy(name, policy) || "Unknown";
}

/** How the person is called. */
export function displayName(name: PersonName): string {
  return formatPersonName(name, "Informal");
}

/** Every part of the name. */
export function fullName(name: PersonName): string {
  return formatPersonName(name, "Formal");
}

function byPolicy(name: PersonName, policy: NameDisplayPolicy): string {
  const { given_names } = name.components;
  switch (policy) {
    case "Formal":
      return formal(name);
    case "Informal":
      return informal(name);
    case "Legal":
      return surnameFirst(name, given_names);
    case "Alphabetical":
      return surnameFirst(name, given_names.map(toInitial));
    case "Cultural":
      return cultural(name);
    default:
      return unreachable(policy);
  }
}

function formal(name: PersonName, family: string[] = familyOf(name)): string {
  const { given_names, patronymic, matronymic, suffixes } = name.components;
  const others = [...given_names, patronymic, matronymic];
  return name.naming_convention === "EastAsian"
    ? join([...family, ...others, ...suffixes])
    : join([...others, ...family, ...suffixes]);
}

function informal({ preferred_form, components }: PersonName): string {
  const { given_names, family_names, patronymic } = components;
  return join([preferred_form]) || join(given_names.slice(0, 1)) ||
    join(family_names.slice(0, 1)) || join([patronymic]);
}

function surnameFirst(name: PersonName, givenNames: string[]): string {
  const { given_names, patronymic, matronymic, suffixes } = name.components;
  const family = join(familyOf(name));
  const byName = join([patronymic]) || join([matronymic]);
  const [head, ...rest] = family !== ""
    ? [family, ...givenNames, patronymic, matronymic]
    : byName === ""
    // Only given names: initials of them would lose the name.
    ? [join(given_names)]
    : [byName, ...givenNames, byName === matronymic ? null : matronymic];
  return join([head, join(rest), join(suffixes)], ", ");
}

function cultural(name: PersonName): string {
  const { given_names, family_names, patronymic, matronymic, prefixes } = name.components;
  switch (name.naming_convention) {
    case "Western":
    case "Other":
      return formal(name);
    case "Spanish": {
      const [first, ...others] = family_names;
      const joined = others.length === 0 ? family_names : [first ?? "", "y", ...others];
      return formal(name, [...prefixes, ...joined]);
    }
    case "EastAsian":
      return join([...familyOf(name), ...given_names], "");
    case "Patronymic":
      return join([...given_names, patronymic, matronymic, ...familyOf(name)]);
    case "Mononymic":
      return join(given_names);
    default:
      return unreachable(name.naming_convention);
  }
}

function familyOf({ components }: PersonName): string[] {
  return [...components.prefixes, ...components.family_names];
}

function toInitial(givenName: string): string {
  const [first] = graphemesOf(givenName.trim());
  return first === undefined ? "" : `${first}.`;
}

/** Stored names may have blank parts, which the rules of their day let in. */
function join(parts: readonly (string | null | undefined)[], separator: string = " "): string {
  return parts.filter((part) => part?.trim()).join(separator);
}

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
