import { assertEquals } from "@std/assert";
import { isOneCommand, PersonCommand } from "../../src/domain/commands.ts";
import { assertUnreadable, height, ID, NAME, nameOf } from "./specification.ts";

const create = (fields: Record<string, unknown>) => ({
  CreatePerson: { person_id: ID, name: NAME, source: "s", ...fields },
});
const record = (value: unknown) => ({
  RecordAttribute: {
    person_id: ID,
    attribute: { ...height(1), attribute_type: { Physical: "Scars" }, value },
  },
});
const isReadable = (json: unknown) => PersonCommand.safeParse(json).success;

Deno.test("PersonCommand: given a name part of 1,000 characters, when read, then one more is too many", () => {
  // Two units of a JavaScript string each.
  for (const letter of ["x", "𠮷"]) {
    assertEquals(
      isReadable(create({ name: nameOf({ given_names: [letter.repeat(1_000)] }) })),
      true,
    );
    assertUnreadable(create({ name: nameOf({ given_names: [letter.repeat(1_001)] }) }), [{
      path: "CreatePerson.name.components.given_names.0",
      message: "Too long: expected at most 1000 characters",
    }]);
  }
});

Deno.test("PersonCommand: given a text of 10,000 characters, when read, then one more is too many", () => {
  const message = "Too long: expected at most 10000 characters";
  assertEquals(isReadable(create({ source: "x".repeat(10_000) })), true);
  assertUnreadable(create({ source: "x".repeat(10_001) }), [
    { path: "CreatePerson.source", message },
  ]);
  assertEquals(isReadable(record({ Text: "x".repeat(10_000) })), true);
  assertUnreadable(record({ Text: "x".repeat(10_001) }), [
    { path: "RecordAttribute.attribute.value.Text", message },
  ]);
});

Deno.test("PersonCommand: given a list of 200 items, when read, then one more is too many", () => {
  const message = "Too big: expected array to have <=200 items";
  assertEquals(isReadable(record({ TextList: Array(200).fill("x") })), true);
  assertUnreadable(record({ TextList: Array(201).fill("x") }), [
    { path: "RecordAttribute.attribute.value.TextList", message },
  ]);
  assertUnreadable(create({ name: nameOf({ given_names: Array(201).fill("x") }) }), [
    { path: "CreatePerson.name.components.given_names", message },
  ]);
});

Deno.test("PersonCommand: given null for a list, when read, then it is refused, though it may be absent", () => {
  const { given_names, family_names } = NAME.components;
  const name = { components: { given_names, family_names }, naming_convention: "Western" };
  assertEquals(isReadable(create({ name })), true);
  const withNull = { ...name, components: { ...name.components, prefixes: null } };
  assertUnreadable(create({ name: withNull }), [{
    path: "CreatePerson.name.components.prefixes",
    message: "Invalid input: expected array, received null",
  }]);
});

Deno.test("isOneCommand: given one known command, when asked, then what it holds does not matter", () => {
  for (const json of [{ CreatePerson: null }, { UpdateName: {} }, create({})]) {
    assertEquals(isOneCommand(json), true);
  }
});

Deno.test("isOneCommand: given anything else, when asked, then it is none", () => {
  const others: unknown[] = [
    {},
    { Nope: {} },
    { createPerson: {} },
    { constructor: {} },
    { ...create({}), UpdateName: {} },
    [create({})],
    "CreatePerson",
    null,
    undefined,
    1,
  ];
  for (const other of others) assertEquals(isOneCommand(other), false, JSON.stringify(other));
});
