import { graphemesOf } from "./graphemes.ts";
import { type NamingConvention, PersonName } from "./name.ts";
import { unreachable } from "./values.ts";

/** A name, or why the text is none. */
export type ParsedName =
  | { name: PersonName }
  | { rejected: { code: "ValidationError"; message: string } };

/**
 * Takes a written name apart, by the rules of the convention; without one it is guessed.
 * Source of every rule: wire.md, Names.
 */
export function parsePersonName(fullName: string, convention?: NamingConvention): ParsedName {
  const tokens = fullName.split(/\s+/).filter((token) => token !== "");
  if (tokens.length === 0) return reject("Name cannot be empty");
  const naming_convention = convention ?? detectConvention(tokens);
  const components = { ...NO_PARTS, ...takeApart(tokens, naming_convention) };
  const name: PersonName = { components, preferred_form: null, naming_convention };
  // The text may hold more or longer parts than a name may have.
  const checked = PersonName.command.safeParse(name);
  return checked.success ? { name: checked.data } : reject(checked.error.issues[0]?.message ?? "");
}

type Components = PersonName["components"];

const NO_PARTS: Components = {
  given_names: [],
  family_names: [],
  patronymic: null,
  matronymic: null,
  prefixes: [],
  suffixes: [],
};

function takeApart(tokens: string[], convention: NamingConvention): Partial<Components> {
  switch (convention) {
    case "Western":
    case "Other":
      return takeApartWestern(tokens);
    case "Spanish":
      return takeApartSpanish(tokens);
    case "EastAsian":
      return takeApartEastAsian(tokens);
    case "Patronymic":
      return takeApartPatronymic(tokens);
    case "Mononymic":
      return { given_names: [tokens.join(" ")] };
    default:
      return unreachable(convention);
  }
}

const EAST_ASIAN_LETTER =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const SPANISH_CONNECTOR = / (?:y|de la|de los|del) /;

function detectConvention(tokens: string[]): NamingConvention {
  const fullName = tokens.join(" ");
  if (EAST_ASIAN_LETTER.test(fullName)) return "EastAsian";
  if (tokens.length === 1) return "Mononymic";
  if (SPANISH_CONNECTOR.test(fullName)) return "Spanish";
  const isPatronymicAt = (index: number) => isPatronymic(tokens.at(index) ?? "", fullName);
  return isPatronymicAt(-1) || tokens.length === 3 && isPatronymicAt(1) ? "Patronymic" : "Western";
}

const PATRONYMIC = /.(?:ovich|evich|ovna|evna|ович|евич|овна|евна|dóttir|dottir)$/;
const ICELANDIC_LETTER = /[áðéíóúýþæö]/;

function isPatronymic(token: string, fullName: string): boolean {
  if (/\p{Dash_Punctuation}/u.test(token)) return false;
  const folded = fold(token);
  // In other languages, -son ends family names: Jackson.
  return PATRONYMIC.test(folded) || /.son$/.test(folded) && ICELANDIC_LETTER.test(fold(fullName));
}

/** One form for ó, however it was typed. */
function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

const SUFFIX = /^(?:jr|sr|ii|iii|iv)\.?$/i;

function takeApartWestern(tokens: string[]): Partial<Components> {
  const hasSuffix = tokens.length > 1 && SUFFIX.test(tokens.at(-1) ?? "");
  const suffixes = hasSuffix ? tokens.slice(-1) : [];
  const end = tokens.length - suffixes.length;
  return { ...splitFamily(tokens.slice(0, end), 1), suffixes };
}

function takeApartSpanish(tokens: string[]): Partial<Components> {
  const y = tokens.indexOf("y");
  const joined = tokens.slice(Math.max(y - 1, 0)).filter((token) => token !== "y");
  // A name of nothing but "y" joins nothing.
  if (y !== -1 && joined.length > 0) {
    return { given_names: tokens.slice(0, Math.max(y - 1, 0)), family_names: joined };
  }
  const isSingle = tokens.length <= 2 || isParticle(tokens.at(-2) ?? "");
  return splitFamily(tokens, isSingle ? 1 : 2);
}

const PARTICLES = new Set(
  ("van von der den de del della di da dos das do du des la le los las ten ter zu af av").split(
    " ",
  ),
);

function isParticle(token: string): boolean {
  return PARTICLES.has(token.toLowerCase());
}

/** The last tokens are the family names, the particles right before them prefixes, the rest given names. */
function splitFamily(tokens: string[], familyCount: number): Partial<Components> {
  const familyStart = tokens.length - familyCount;
  const before = tokens.slice(0, familyStart);
  const prefixStart = before.findLastIndex((token) => !isParticle(token)) + 1;
  return {
    given_names: before.slice(0, prefixStart),
    family_names: tokens.slice(familyStart),
    prefixes: before.slice(prefixStart),
  };
}

const words = new Intl.Segmenter("ja", { granularity: "word" });

function takeApartEastAsian([first = "", ...others]: string[]): Partial<Components> {
  if (others.length > 0) return { family_names: [first], given_names: [others.join(" ")] };
  const [word = ""] = Array.from(words.segment(first), ({ segment }) => segment);
  const characters = graphemesOf(first);
  if (characters.length === 1) return { given_names: [first] };
  // A single word tells nothing: most family names of short names have one character, of longer ones two.
  const family = word !== first
    ? word
    : characters.slice(0, characters.length > 3 ? 2 : 1).join("");
  return { family_names: [family], given_names: [first.slice(family.length)] };
}

function takeApartPatronymic(tokens: string[]): Partial<Components> {
  const [first = "", second = "", third] = tokens;
  if (tokens.length === 3 && third && isPatronymic(second, tokens.join(" "))) {
    return { given_names: [first], patronymic: second, family_names: [third] };
  }
  if (tokens.length === 1) return { given_names: tokens };
  return { given_names: tokens.slice(0, -1), patronymic: tokens.at(-1) ?? null };
}

function reject(message: string): ParsedName {
  return { rejected: { code: "ValidationError", message } };
}
