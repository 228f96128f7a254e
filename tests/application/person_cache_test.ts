import { assertEquals } from "@std/assert";
import { type LoadedPerson, unknownPerson } from "../../src/application/loaded_person.ts";
import { PersonCache } from "../../src/application/person_cache.ts";
import { RememberedCommands } from "../../src/application/remembered_commands.ts";

/** What a person of no state and no commands counts for. */
const EMPTY_BYTES = 2_000;

Deno.test("PersonCache: given room, when persons are kept, then they are found", () => {
  const cache = new PersonCache(3 * EMPTY_BYTES);
  for (const id of ["a", "b", "c"]) cache.set(person(id));
  assertEquals(["a", "b", "c", "d"].map((id) => cache.get(id)?.personId), [
    "a",
    "b",
    "c",
    undefined,
  ]);
  assertEquals(cache.size, 3);
});

Deno.test("PersonCache: given no more room, when one more is kept, then one that was not used since goes", () => {
  const cache = new PersonCache(3 * EMPTY_BYTES);
  for (const id of ["a", "b", "c"]) cache.set(person(id));
  cache.get("a");
  cache.set(person("b"));
  cache.set(person("d"));
  assertEquals(keptOf(cache), ["a", "b", "d"]);
});

Deno.test("PersonCache: given a large person, when kept, then as many go as it takes", () => {
  const cache = new PersonCache(4 * EMPTY_BYTES);
  for (const id of ["a", "b", "c", "d"]) cache.set(person(id));
  cache.set(person("e", EMPTY_BYTES));
  assertEquals(keptOf(cache), ["d", "e"]);
});

Deno.test("PersonCache: given all of them used, when one more is kept, then the oldest goes all the same", () => {
  const cache = new PersonCache(3 * EMPTY_BYTES);
  for (const id of ["a", "b", "c"]) cache.set(person(id));
  for (const id of ["a", "b", "c"]) cache.get(id);
  cache.set(person("d"));
  assertEquals(keptOf(cache), ["b", "c", "d"]);
});

Deno.test("PersonCache: given many used, when one more is kept, then a second chance is given to some of them only", () => {
  const cache = new PersonCache(1_000 * EMPTY_BYTES);
  const ids = Array.from({ length: 1_000 }, (_, n) => `${n}`);
  for (const id of [...ids, ...ids]) cache.set(person(id));
  cache.set(person("new"));
  assertEquals(ids.filter((id) => cache.get(id) === undefined), ["100"]);
});

Deno.test("PersonCache: given a person larger than all room, when kept, then the others stay", () => {
  const cache = new PersonCache(3 * EMPTY_BYTES);
  for (const id of ["a", "b"]) cache.set(person(id));
  cache.set(person("c", 3 * EMPTY_BYTES));
  assertEquals(keptOf(cache), ["a", "b"]);
  cache.set(person("a", 3 * EMPTY_BYTES));
  assertEquals(keptOf(cache), ["b"]);
});

Deno.test("PersonCache: given a person that changes, when kept again, then it counts once and as it is now", () => {
  const cache = new PersonCache(3 * EMPTY_BYTES);
  for (let n = 0; n < 10; n++) cache.set(person("a", EMPTY_BYTES));
  cache.set(person("a"));
  for (const id of ["b", "c"]) cache.set(person(id));
  assertEquals(keptOf(cache), ["a", "b", "c"]);
});

Deno.test("PersonCache: given remembered commands, when counted, then they take room too", () => {
  const cache = new PersonCache(2 * EMPTY_BYTES);
  const outcome = { version: 1, eventsGenerated: 1, streamSequence: 1 };
  cache.set(person("a"));
  const commands = RememberedCommands.of([{ id: "c", hash: "h", outcome }]);
  cache.set({ ...person("b"), commands });
  assertEquals(keptOf(cache), ["b"]);
});

Deno.test("PersonCache: given persons, when forgotten, then their room is free again", () => {
  const cache = new PersonCache(2 * EMPTY_BYTES);
  for (const id of ["a", "b"]) cache.set(person(id));
  cache.delete("a");
  cache.delete("nobody");
  cache.set(person("c"));
  assertEquals(keptOf(cache), ["b", "c"]);
  cache.clear();
  assertEquals([cache.size, cache.get("b")], [0, undefined]);
  for (const id of ["a", "b"]) cache.set(person(id));
  assertEquals(keptOf(cache), ["a", "b"]);
});

function person(personId: string, stateBytes = 0): LoadedPerson {
  return { ...unknownPerson(personId), stateBytes: { counted: stateBytes, addedAtMost: 0 } };
}

function keptOf(cache: PersonCache): string[] {
  return ["a", "b", "c", "d", "e"].filter((id) => cache.get(id) !== undefined);
}
