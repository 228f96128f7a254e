import { assertEquals } from "@std/assert";
import {
  displayName,
  formatPersonName,
  fullName,
  type NameDisplayPolicy,
  type PersonName,
} from "../../src/domain/name.ts";
import { nameOf } from "./specification.ts";

const POLICIES: NameDisplayPolicy[] = ["Formal", "Informal", "Legal", "Alphabetical", "Cultural"];

/** In the order of POLICIES. */
function assertShown(name: PersonName, texts: [string, string, string, string, string]) {
  assertEquals(POLICIES.map((policy) => formatPersonName(name, policy)), texts);
}

Deno.test("formatPersonName: given every part of a Western name, when shown, then none is lost", () => {
  const name = nameOf({
    given_names: ["Jean-Luc", "Émile"],
    family_names: ["Berg", "Gogh"],
    patronymic: "Petrovich",
    matronymic: "Annovich",
    prefixes: ["van", "der"],
    suffixes: ["Jr.", "III"],
  });
  assertShown(name, [
    "Jean-Luc Émile Petrovich Annovich van der Berg Gogh Jr. III",
    "Jean-Luc",
    "van der Berg Gogh, Jean-Luc Émile Petrovich Annovich, Jr. III",
    "van der Berg Gogh, J. É. Petrovich Annovich, Jr. III",
    "Jean-Luc Émile Petrovich Annovich van der Berg Gogh Jr. III",
  ]);
});

Deno.test("formatPersonName: given a suffix, when sorted, then it is last", () => {
  const name = nameOf({
    given_names: ["Martin", "Luther"],
    family_names: ["King"],
    suffixes: ["Jr."],
  });
  assertEquals(formatPersonName(name, "Alphabetical"), "King, M. L., Jr.");
});

Deno.test("formatPersonName: given a patronymic without a family name, when shown, then it takes its place", () => {
  const parts = { given_names: ["Ivan"], patronymic: "Petrovich" };
  assertShown(nameOf(parts, { naming_convention: "Patronymic" }), [
    "Ivan Petrovich",
    "Ivan",
    "Petrovich, Ivan",
    "Petrovich, I.",
    "Ivan Petrovich",
  ]);
});

Deno.test("formatPersonName: given a matronymic without a family name, when shown, then it takes its place", () => {
  const parts = { given_names: ["Lina"], matronymic: "Helgudóttir" };
  const name = nameOf(parts, { naming_convention: "Patronymic" });
  assertEquals(formatPersonName(name, "Legal"), "Helgudóttir, Lina");
  const both = nameOf({ ...parts, patronymic: "Jónsdóttir" }, { naming_convention: "Patronymic" });
  assertEquals(formatPersonName(both, "Legal"), "Jónsdóttir, Lina Helgudóttir");
});

Deno.test("formatPersonName: given a Spanish name, when shown by its culture, then y joins the family names", () => {
  const parts = { given_names: ["Juan"], family_names: ["Cruz", "Pérez"], prefixes: ["de", "la"] };
  assertShown(nameOf(parts, { naming_convention: "Spanish" }), [
    "Juan de la Cruz Pérez",
    "Juan",
    "de la Cruz Pérez, Juan",
    "de la Cruz Pérez, J.",
    "Juan de la Cruz y Pérez",
  ]);
});

Deno.test("formatPersonName: given an East Asian name, when shown, then the family name is first", () => {
  const parts = { given_names: ["太郎"], family_names: ["山田"] };
  assertShown(nameOf(parts, { naming_convention: "EastAsian" }), [
    "山田 太郎",
    "太郎",
    "山田, 太郎",
    "山田, 太.",
    "山田太郎",
  ]);
});

Deno.test("formatPersonName: given only given names, when shown, then they stay as they are", () => {
  const parts = { given_names: ["Madonna", "Louise"] };
  assertShown(nameOf(parts, { naming_convention: "Mononymic" }), [
    "Madonna Louise",
    "Madonna",
    "Madonna Louise",
    "Madonna Louise",
    "Madonna Louise",
  ]);
});

Deno.test("formatPersonName: given no or only blank parts, when shown, then it is Unknown", () => {
  const unknown: [string, string, string, string, string] = [
    "Unknown",
    "Unknown",
    "Unknown",
    "Unknown",
    "Unknown",
  ];
  assertShown(nameOf({}), unknown);
  assertShown(nameOf({ given_names: ["", " "], patronymic: "" }, { preferred_form: " " }), unknown);
});

Deno.test("formatPersonName: given a letter typed as its parts, when shortened, then it stays whole", () => {
  const name = nameOf({ given_names: ["E\u0301mile"], family_names: ["Zola"] });
  assertEquals(formatPersonName(name, "Alphabetical"), "Zola, E\u0301.");
});

Deno.test("displayName, fullName: given a preferred form, when shown, then only the first uses it", () => {
  const parts = { given_names: ["John", "Michael"], family_names: ["Doe"] };
  const name = nameOf(parts, { preferred_form: "Johnny" });
  assertEquals([displayName(name), fullName(name)], ["Johnny", "John Michael Doe"]);
});
