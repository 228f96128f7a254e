import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { decide } from "../../src/domain/decide.ts";
import { PersonEvent, personOf } from "../../src/domain/events.ts";
import { evolve, initialState, lifecycleName, type PersonState } from "../../src/domain/person.ts";
import { Instant } from "../../src/domain/values.ts";
import { comparable, DEFAULT_NOW, readCommand, type Vector } from "./vector.ts";

const Input = z.object({
  given: z.array(PersonEvent),
  when: z.unknown(),
  now: Instant.optional(),
  look_at: z.string().optional(),
});

/** Folds the given events, then decides the command. */
export function runDecide({ input, expected }: Vector): void {
  const { given, when, now = DEFAULT_NOW, look_at } = Input.parse(input);
  const before = given.reduce(evolve, initialState);
  const decision = readAndDecide(when, before, now);
  if ("code" in decision || "error" in expected) {
    const { error } = z.object({ error: z.object({ code: z.string() }) }).parse(expected);
    assertEquals("code" in decision ? decision.code : decision, error.code);
  } else {
    const { events } = z.object({ events: z.array(z.unknown()) }).parse(expected);
    assertEquals(comparable(decision.accepted.map(withoutTimes)), comparable(events));
  }
  const after = "code" in decision ? before : decision.accepted.reduce(evolve, before);
  assertState(after, expected, look_at);
}

/** Folds the given events. */
export function runEvolve({ input, expected }: Vector): void {
  const { given, look_at } = Input.parse(input);
  assertState(given.reduce(evolve, initialState), expected, look_at);
}

function readAndDecide(
  json: unknown,
  state: PersonState,
  now: Instant,
): { accepted: PersonEvent[] } | { code: string } {
  const read = readCommand(json);
  if ("code" in read) return read;
  const { command } = read;
  const stateBytes = JSON.stringify(state).length;
  const target = command.type === "MergePersons"
    ? { target: activePerson(command.data.target_person_id) }
    : {};
  const decision = decide(command, state, { now, stateBytes, ...target });
  if ("rejected" in decision) return { code: decision.rejected.code };
  const [first] = decision.accepted;
  // Of a merge, only the source's events are compared.
  const accepted = decision.accepted.filter((event) =>
    first && personOf(event) === personOf(first)
  );
  return { accepted };
}

function activePerson(personId: string): PersonState {
  const name = { components: { given_names: ["Ann"] }, naming_convention: "Mononymic" };
  const data = { person_id: personId, name, source: "test", created_at: DEFAULT_NOW };
  return evolve(initialState, PersonEvent.parse({ PersonCreated: data }));
}

function withoutTimes({ type, data }: PersonEvent) {
  const fields = Object.entries(data).filter(([field]) => !field.endsWith("_at"));
  return { type, fields: Object.fromEntries(fields) };
}

function assertState(person: PersonState, expected: Vector["expected"], lookAt?: string) {
  if ("state" in expected) {
    assertEquals(comparable(summaryOf(person)), comparable(expected.state));
  }
  if (lookAt === undefined) return;
  assert("valid_until" in expected);
  assertEquals(valueAt(person?.attributes, lookAt), expected.valid_until);
}

function summaryOf(person: PersonState) {
  if (person === null) return null;
  const { legal_name, birth_date, death_date } = person.core_identity;
  return {
    lifecycle: lifecycleName(person.lifecycle),
    version: person.version,
    legal_name,
    birth_date,
    death_date,
    attribute_count: person.attributes.attributes.length,
  };
}

/** Follows a path such as `attributes[0].temporal.valid_until`. */
function valueAt(root: unknown, path: string): unknown {
  const keys = path.match(/[^.[\]]+/g) ?? [];
  return keys.reduce((value: unknown, key) => Reflect.get(Object(value), key), root);
}
