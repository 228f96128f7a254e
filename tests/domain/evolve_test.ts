import { assertEquals } from "@std/assert";
import type { PersonAttribute } from "../../src/domain/attribute.ts";
import type { PersonEvent } from "../../src/domain/events.ts";
import { evolve, initialState, type Person, type PersonState } from "../../src/domain/person.ts";
import {
  archived,
  BEFORE,
  born,
  created,
  deactivated,
  deceased,
  height,
  ID,
  merged,
  NAME,
  nameOf,
  OTHER_ID,
  recorded,
} from "./specification.ts";

const LATER = "2024-06-15T10:00:00.000Z";
const OTHER_NAME = nameOf({ given_names: ["Ann"] });

const fold = (...events: PersonEvent[]) => events.reduce(evolve, initialState);

/** The person right after their creation, with what has changed since. */
function person(
  version: number,
  updated_at: string,
  identity: Partial<Person["core_identity"]> = {},
  rest: Partial<Person> = {},
): Person {
  return {
    id: ID,
    core_identity: {
      legal_name: NAME,
      birth_date: null,
      death_date: null,
      created_at: BEFORE,
      updated_at,
      ...identity,
    },
    attributes: { attributes: [] },
    lifecycle: "Active",
    version,
    ...rest,
  };
}

const invalidated = (invalidated_at: string): PersonEvent => ({
  type: "AttributeInvalidated",
  data: { person_id: ID, attribute_type: { Physical: "Height" }, invalidated_at, reason: null },
});
const updated = (old: PersonAttribute, replacement: PersonAttribute): PersonEvent => ({
  type: "AttributeUpdated",
  data: {
    person_id: ID,
    attribute_type: { Physical: "Height" },
    old_attribute: old,
    new_attribute: replacement,
    updated_at: LATER,
  },
});
const attributesOf = (state: PersonState) => state?.attributes.attributes;

Deno.test("evolve: given nothing, when created, then the person is active at version 1", () => {
  assertEquals(fold(created), person(1, BEFORE));
});

Deno.test("evolve: given nothing, when anything but a creation, then there is still nobody", () => {
  for (const event of [deactivated, deceased, born("2000-01-01"), recorded(height(1))]) {
    assertEquals(fold(event), null);
  }
});

Deno.test("evolve: given a person, when created a second time, then only version and time move", () => {
  const again: PersonEvent = {
    type: "PersonCreated",
    data: { person_id: ID, name: OTHER_NAME, source: "again", created_at: LATER },
  };
  assertEquals(
    fold(created, born("2000-01-01"), again),
    person(3, LATER, { birth_date: "2000-01-01" }),
  );
});

Deno.test("evolve: given a person, when renamed in either form, then the legal name is the new one", () => {
  const old: PersonEvent = {
    type: "PersonUpdated",
    data: { person_id: ID, name: OTHER_NAME, updated_at: LATER },
  };
  const current: PersonEvent = {
    type: "NameUpdated",
    data: {
      person_id: ID,
      old_name: NAME,
      new_name: OTHER_NAME,
      reason: "Marriage",
      updated_at: LATER,
    },
  };
  for (const event of [old, current]) {
    assertEquals(fold(created, event), person(2, LATER, { legal_name: OTHER_NAME }));
  }
});

Deno.test("evolve: given a person, when the life goes on, then each stage is recorded, whatever was before", () => {
  const reactivated: PersonEvent = {
    type: "PersonReactivated",
    data: { person_id: ID, reason: "r", reactivated_at: LATER },
  };
  const death = { death_date: "2024-02-01" };
  const stages: [PersonEvent[], Person][] = [
    [
      [deactivated],
      person(2, BEFORE, {}, {
        lifecycle: { Deactivated: { reason: "account closed", since: BEFORE } },
      }),
    ],
    [[deactivated, reactivated], person(3, LATER)],
    [
      [archived],
      person(2, BEFORE, {}, {
        lifecycle: { Archived: { reason: "retention is over", since: BEFORE } },
      }),
    ],
    [
      [merged],
      person(2, BEFORE, {}, {
        lifecycle: { MergedInto: { target_id: OTHER_ID, merged_at: BEFORE } },
      }),
    ],
    [
      [deceased],
      person(2, BEFORE, death, { lifecycle: { Deceased: { date_of_death: "2024-02-01" } } }),
    ],
    [[deceased, reactivated], person(3, LATER, death)],
  ];
  for (const [events, state] of stages) assertEquals(fold(created, ...events), state);
});

Deno.test("evolve: given a person, when they absorb another one, then only version and time move", () => {
  const absorbed: PersonEvent = {
    type: "PersonAbsorbed",
    data: {
      target_person_id: ID,
      absorbed_person_id: OTHER_ID,
      merge_reason: "UserRequested",
      absorbed_at: LATER,
    },
  };
  assertEquals(fold(created, absorbed), person(2, LATER));
});

Deno.test("evolve: given attributes, when one is updated, then the current one is replaced in place", () => {
  const [ended, current, other] = [
    height(1.5, { valid_until: "2024-06-14" }),
    height(1.6, { valid_until: "2024-06-15" }),
    { ...height(70), attribute_type: { Physical: "Weight" } as const, value: { Mass: 70 } },
  ];
  const before = [created, recorded(current), recorded(ended), recorded(other)];
  // What is replaced is told by the state, not by what the event says it was.
  const state = fold(...before, updated(other, height(1.8)));
  assertEquals(
    state,
    person(5, LATER, {}, { attributes: { attributes: [height(1.8), ended, other] } }),
  );
});

Deno.test("evolve: given no such attribute, when updated or invalidated, then only version and time move", () => {
  assertEquals(fold(created, updated(height(1.7), height(1.8))), person(2, LATER));
  assertEquals(fold(created, invalidated(LATER)), person(2, LATER));
});

Deno.test("evolve: given an open attribute, when invalidated, then it ends the day before", () => {
  const state = fold(created, recorded(height(1.7)), invalidated(LATER));
  assertEquals(attributesOf(state), [height(1.7, { valid_until: "2024-06-14" })]);
});

Deno.test("evolve: given an attribute that begins today, when invalidated, then its range is turned round", () => {
  const state = fold(
    created,
    recorded(height(1.7, { valid_from: "2024-06-15" })),
    invalidated(LATER),
  );
  assertEquals(attributesOf(state), [
    height(1.7, { valid_from: "2024-06-15", valid_until: "2024-06-14" }),
  ]);
});

Deno.test("evolve: given an attribute that ended before, when invalidated, then its end stays", () => {
  const ended = height(1.7, { valid_until: "2021-12-31" });
  assertEquals(attributesOf(fold(created, recorded(ended), invalidated(LATER))), [ended]);
});

Deno.test("evolve: given several attributes of the type, when invalidated, then the last valid one ends", () => {
  const [first, second, ended] = [
    height(1.5),
    height(1.6),
    height(1.7, { valid_until: "2021-12-31" }),
  ];
  const state = fold(
    created,
    recorded(first),
    recorded(second),
    recorded(ended),
    invalidated(LATER),
  );
  assertEquals(attributesOf(state), [first, height(1.6, { valid_until: "2024-06-14" }), ended]);
});

Deno.test("evolve: given a state, when an event follows, then the given state is not changed", () => {
  const before = fold(created, recorded(height(1.7)));
  const copy = structuredClone(before);
  evolve(before, invalidated(LATER));
  evolve(before, deceased);
  assertEquals(before, copy);
});
