import { assertEquals } from "@std/assert";
import type { NamingConvention, PersonName } from "../../src/domain/name.ts";
import { parsePersonName } from "../../src/domain/parse_name.ts";
import { nameOf } from "./specification.ts";

type Parts = Partial<PersonName["components"]>;

function assertParsed(
  fullName: string,
  convention: NamingConvention,
  parts: Parts,
  hint?: NamingConvention,
) {
  const name = nameOf(parts, { naming_convention: convention });
  assertEquals(parsePersonName(fullName, hint), { name }, fullName);
}

const given = (...given_names: string[]): Parts => ({ given_names });
const family = (...family_names: string[]): Parts => ({ family_names });

Deno.test("parsePersonName: given nothing but blanks, when parsed, then it is refused", () => {
  for (const blank of ["", "   ", "\t\n", "\u3000\u00a0"]) {
    const rejected = { code: "ValidationError" as const, message: "Name cannot be empty" };
    assertEquals(parsePersonName(blank), { rejected });
    assertEquals(parsePersonName(blank, "Mononymic"), { rejected });
  }
});

Deno.test("parsePersonName: given a part over the limit, when parsed, then it is refused", () => {
  assertEquals(parsePersonName("x".repeat(1_001)), {
    rejected: { code: "ValidationError", message: "Too long: expected at most 1000 characters" },
  });
});

Deno.test("parsePersonName: given Western suffixes, when parsed, then the last one stands apart", () => {
  for (const suffix of ["Jr", "Jr.", "SR.", "ii", "III", "iv."]) {
    assertParsed(`Ann King ${suffix}`, "Western", {
      ...given("Ann"),
      ...family("King"),
      suffixes: [suffix],
    });
  }
  assertParsed("King Jr.", "Western", { ...family("King"), suffixes: ["Jr."] });
  assertParsed("Jr.", "Western", family("Jr."), "Western");
  assertParsed("Ann King Jr. III", "Western", {
    ...given("Ann", "King"),
    ...family("Jr."),
    suffixes: ["III"],
  });
  assertParsed("Ann King V", "Western", { ...given("Ann", "King"), ...family("V") });
});

Deno.test("parsePersonName: given particles, when parsed, then those right before the family name are prefixes", () => {
  assertParsed("Ludwig van Beethoven", "Western", {
    ...given("Ludwig"),
    prefixes: ["van"],
    ...family("Beethoven"),
  });
  assertParsed("Ursula VON DER Leyen", "Western", {
    ...given("Ursula"),
    prefixes: ["VON", "DER"],
    ...family("Leyen"),
  });
  assertParsed("van Gogh", "Western", { prefixes: ["van"], ...family("Gogh") });
  assertParsed("de la Cruz", "Western", { prefixes: ["de", "la"], ...family("Cruz") });
  assertParsed("de la", "Western", { prefixes: ["de"], ...family("la") });
  assertParsed("Ann de Groot Smith", "Western", {
    ...given("Ann", "de", "Groot"),
    ...family("Smith"),
  });
  assertParsed("Otto von Jr.", "Western", {
    ...given("Otto"),
    ...family("von"),
    suffixes: ["Jr."],
  });
});

Deno.test("parsePersonName: given a Spanish connector inside, when parsed, then it is Spanish", () => {
  assertParsed("Juan de los Santos", "Spanish", {
    ...given("Juan"),
    prefixes: ["de", "los"],
    ...family("Santos"),
  });
  assertParsed("Ana del Río Pérez", "Spanish", {
    ...given("Ana"),
    prefixes: ["del"],
    ...family("Río", "Pérez"),
  });
  assertParsed("María del Carmen García López", "Spanish", {
    ...given("María", "del", "Carmen"),
    ...family("García", "López"),
  });
  // An initial, not a connector.
  assertParsed("John Y Smith", "Western", { ...given("John", "Y"), ...family("Smith") });
  assertParsed("Ana y", "Western", { ...given("Ana"), ...family("y") });
});

Deno.test("parsePersonName: given a Spanish y, when parsed, then it joins what is beside it and is dropped", () => {
  assertParsed("Ana María Ruiz y Picasso Blasco", "Spanish", {
    ...given("Ana", "María"),
    ...family("Ruiz", "Picasso", "Blasco"),
  });
  assertParsed("Ruiz y Picasso", "Spanish", family("Ruiz", "Picasso"));
  assertParsed("y Picasso", "Spanish", family("Picasso"), "Spanish");
  assertParsed("Ruiz y", "Spanish", family("Ruiz"), "Spanish");
  assertParsed("A B y C y D", "Spanish", { ...given("A"), ...family("B", "C", "D") });
  assertParsed("y", "Spanish", family("y"), "Spanish");
  assertParsed("y y", "Spanish", { ...given("y"), ...family("y") }, "Spanish");
});

Deno.test("parsePersonName: given a Spanish hint and few tokens, when parsed, then the last is the family name", () => {
  assertParsed("García", "Spanish", family("García"), "Spanish");
  assertParsed("de Cruz", "Spanish", { prefixes: ["de"], ...family("Cruz") }, "Spanish");
  assertParsed("Ana García López", "Spanish", {
    ...given("Ana"),
    ...family("García", "López"),
  }, "Spanish");
});

Deno.test("parsePersonName: given an East Asian name with a space, when parsed, then the family name is first", () => {
  assertParsed("山田 太郎", "EastAsian", { ...family("山田"), ...given("太郎") });
  assertParsed("山田\u3000太郎", "EastAsian", { ...family("山田"), ...given("太郎") });
  assertParsed("Kim Jong Un", "EastAsian", { ...family("Kim"), ...given("Jong Un") }, "EastAsian");
});

Deno.test("parsePersonName: given an East Asian name without a space, when parsed, then it is cut by its words or length", () => {
  assertParsed("김", "EastAsian", given("김"));
  assertParsed("김구", "EastAsian", { ...family("김"), ...given("구") });
  assertParsed("김철수", "EastAsian", { ...family("김"), ...given("철수") });
  assertParsed("남궁민수", "EastAsian", { ...family("남궁"), ...given("민수") });
  // Letters typed as their parts count as one.
  assertParsed("김철수".normalize("NFD"), "EastAsian", {
    ...family("김".normalize("NFD")),
    ...given("철수".normalize("NFD")),
  });
  assertParsed("宮崎駿", "EastAsian", { ...family("宮崎"), ...given("駿") });
  assertParsed("Jackie 陳", "EastAsian", { ...family("Jackie"), ...given("陳") });
});

Deno.test("parsePersonName: given a patronymic, when parsed, then it is no family name", () => {
  assertParsed("Иван Петрович", "Patronymic", { ...given("Иван"), patronymic: "Петрович" });
  assertParsed("Анна Сергеевна Толстая", "Patronymic", {
    ...given("Анна"),
    patronymic: "Сергеевна",
    ...family("Толстая"),
  });
  assertParsed("IVAN PETROVICH", "Patronymic", { ...given("IVAN"), patronymic: "PETROVICH" });
  assertParsed("Ivan Petrovich Abramovich", "Patronymic", {
    ...given("Ivan"),
    patronymic: "Petrovich",
    ...family("Abramovich"),
  });
  // Not the middle one of three.
  assertParsed("Ivan Petrovich von Turgenev", "Western", {
    ...given("Ivan", "Petrovich"),
    prefixes: ["von"],
    ...family("Turgenev"),
  });
  assertParsed("Anna Maria Jonsdottir", "Patronymic", {
    ...given("Anna", "Maria"),
    patronymic: "Jonsdottir",
  });
  assertParsed("Bjo\u0308rk Gudmundsdo\u0301ttir", "Patronymic", {
    ...given("Bjo\u0308rk"),
    patronymic: "Gudmundsdo\u0301ttir",
  });
});

Deno.test("parsePersonName: given -son, when parsed, then only Icelandic letters make it a patronymic", () => {
  assertParsed("Jón Einarsson", "Patronymic", { ...given("Jón"), patronymic: "Einarsson" });
  assertParsed("JÓN EINARSSON", "Patronymic", { ...given("JÓN"), patronymic: "EINARSSON" });
  assertParsed("Michael Jackson", "Western", { ...given("Michael"), ...family("Jackson") });
  assertParsed("Hans Andersen", "Western", { ...given("Hans"), ...family("Andersen") });
  assertParsed("Zoë Smith-Johnson", "Western", { ...given("Zoë"), ...family("Smith-Johnson") });
  assertParsed("Óli Smith-Johnson", "Western", { ...given("Óli"), ...family("Smith-Johnson") });
  assertParsed("Björn Son", "Western", { ...given("Björn"), ...family("Son") });
});

Deno.test("parsePersonName: given a hint, when parsed, then it counts and not what the name looks like", () => {
  assertParsed("Cher", "Western", family("Cher"), "Western");
  assertParsed("Ivan Petrovich", "Other", { ...given("Ivan"), ...family("Petrovich") }, "Other");
  assertParsed("Jane Doe", "Patronymic", { ...given("Jane"), patronymic: "Doe" }, "Patronymic");
  assertParsed("  A \t B  ", "Mononymic", given("A B"), "Mononymic");
});
