import {
  assertUnreadable,
  created,
  given,
  ID,
  merged,
  NAME,
  nameOf,
  NOW,
} from "./specification.ts";

const command = { CreatePerson: { person_id: ID, name: NAME, source: "manual-test" } };
const alreadyExists = {
  code: "AlreadyExists",
  message: `Cannot create person "${ID}": person already exists`,
} as const;

Deno.test("CreatePerson: given no such person, when created, then the person is there", () => {
  given().when(command).then({
    type: "PersonCreated",
    data: { person_id: ID, name: NAME, source: "manual-test", created_at: NOW },
  });
});

Deno.test("CreatePerson: given the person, when created again, then it is refused", () => {
  given(created).when(command).thenRefused(alreadyExists);
});

Deno.test("CreatePerson: given a merged person, when created again, then it is refused", () => {
  given(created, merged).when(command).thenRefused(alreadyExists);
});

Deno.test("CreatePerson: given the documented example without prefixes and suffixes, when created, then they are empty", () => {
  const name = {
    components: { given_names: ["Jane"], family_names: ["Smith"] },
    naming_convention: "Western",
  };
  given().when({ CreatePerson: { person_id: { id: ID.toUpperCase() }, name, source: "" } }).then({
    type: "PersonCreated",
    data: { person_id: ID, name: NAME, source: "", created_at: NOW },
  });
});

Deno.test("CreatePerson: given nothing but its name, when read, then every missing field is told", () => {
  assertUnreadable({ CreatePerson: {} }, [
    { path: "CreatePerson.person_id", message: "Expected a person id (a UUID)" },
    { path: "CreatePerson.name", message: "Invalid input: expected object, received undefined" },
    { path: "CreatePerson.source", message: "Invalid input: expected string, received undefined" },
  ]);
});

Deno.test("CreatePerson: given unknown fields at any depth, when read, then each is named", () => {
  const name = { ...NAME, nickname: "J", components: { ...NAME.components, title: "Dr." } };
  assertUnreadable({ CreatePerson: { person_id: ID, name, source: "s", sauce: "s" } }, [
    { path: "CreatePerson.name.components.title", message: "Unknown field" },
    { path: "CreatePerson.name.nickname", message: "Unknown field" },
    { path: "CreatePerson.sauce", message: "Unknown field" },
  ]);
});

Deno.test("CreatePerson: given blank parts of a name, when read, then each is told", () => {
  const name = nameOf({ given_names: [""], family_names: ["Smith", " \t"], patronymic: "" });
  assertUnreadable({ CreatePerson: { person_id: ID, name, source: "s" } }, [
    {
      path: "CreatePerson.name.components.given_names.0",
      message: "Given names cannot be empty strings",
    },
    {
      path: "CreatePerson.name.components.family_names.1",
      message: "Family names cannot be empty strings",
    },
    {
      path: "CreatePerson.name.components.patronymic",
      message: "Patronymic cannot be an empty string",
    },
  ]);
});

Deno.test("CreatePerson: given a name of a patronymic alone, when read, then it is refused", () => {
  const name = nameOf({ patronymic: "Petrovich" });
  assertUnreadable({ CreatePerson: { person_id: ID, name, source: "s" } }, [
    {
      path: "CreatePerson.name.components",
      message: "Name must have at least one given name or family name",
    },
  ]);
});
