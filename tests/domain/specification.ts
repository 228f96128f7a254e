import { assertEquals } from "@std/assert";
import type { PersonAttribute } from "../../src/domain/attribute.ts";
import { PersonCommand } from "../../src/domain/commands.ts";
import { decide, type DecisionContext, type Rejection } from "../../src/domain/decide.ts";
import type { PersonEvent } from "../../src/domain/events.ts";
import type { PersonName } from "../../src/domain/name.ts";
import { evolve, initialState, type PersonState } from "../../src/domain/person.ts";

/** The clock of every example. */
export const NOW = "2024-07-01T12:00:00.000Z";
/** A day before NOW, on which what is given happened. */
export const BEFORE = "2024-03-01T08:00:00.000Z";
/** The person whose story is told. */
export const ID = "019a5c30-1234-7abc-9def-123456789abc";
/** Another person. */
export const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";

/** What is left of a command's story once its state is given. */
type Given = { when(json: unknown, context?: Partial<DecisionContext>): When };
type When = {
  /** The command comes to exactly these events. */
  then(...events: PersonEvent[]): void;
  /** The command is refused, with exactly this. */
  thenRefused(rejection: Rejection): void;
};

/** Folds the events, then reads and decides the command as the service does. */
export function given(...events: PersonEvent[]): Given {
  const state = events.reduce(evolve, initialState);
  return {
    when(json, context = {}) {
      const stateBytes = JSON.stringify(state).length;
      const decision = decide(PersonCommand.parse(json), state, {
        now: NOW,
        stateBytes,
        ...context,
      });
      return {
        then: (...accepted) => assertEquals(decision, { accepted }),
        thenRefused: (rejected) => assertEquals(decision, { rejected }),
      };
    },
  };
}

/** The JSON is no valid command, for exactly these reasons. */
export function assertUnreadable(json: unknown, issues: { path: string; message: string }[]): void {
  const found = PersonCommand.safeParse(json).error?.issues ?? [];
  const paths = found.map(({ path, message }) => ({ path: path.join("."), message }));
  assertEquals(paths, issues);
}

/** A name of these parts, Western unless said. */
export function nameOf(
  parts: Partial<PersonName["components"]>,
  rest: Partial<PersonName> = {},
): PersonName {
  const none = { patronymic: null, matronymic: null, prefixes: [], suffixes: [] };
  return {
    components: { given_names: [], family_names: [], ...none, ...parts },
    preferred_form: null,
    naming_convention: "Western",
    ...rest,
  };
}

/** The name of the person whose story is told. */
export const NAME = nameOf({ given_names: ["Jane"], family_names: ["Smith"] });

/** An attribute of height, without end. */
export function height(
  metres: number,
  temporal: Partial<PersonAttribute["temporal"]> = {},
): PersonAttribute {
  return {
    attribute_type: { Physical: "Height" },
    value: { Length: metres },
    temporal: {
      recorded_at: "2024-01-01T00:00:00Z",
      valid_from: null,
      valid_until: null,
      ...temporal,
    },
    provenance: { source: "Measured", confidence: "Certain", recorded_by: null, trace: [] },
  };
}

/** The person is there. */
export const created: PersonEvent = {
  type: "PersonCreated",
  data: { person_id: ID, name: NAME, source: "test", created_at: BEFORE },
};
/** The person is not used any more, for now. */
export const deactivated: PersonEvent = {
  type: "PersonDeactivated",
  data: { person_id: ID, reason: "account closed", deactivated_at: BEFORE },
};
/** The person is put away for good. */
export const archived: PersonEvent = {
  type: "PersonArchived",
  data: { person_id: ID, reason: "retention is over", archived_at: BEFORE },
};
/** The person was another one. */
export const merged: PersonEvent = {
  type: "PersonMergedInto",
  data: {
    source_person_id: ID,
    merged_into_id: OTHER_ID,
    merge_reason: "DuplicateIdentity",
    merged_at: BEFORE,
  },
};
/** The person died on the first of February 2024. */
export const deceased: PersonEvent = {
  type: "DeathRecorded",
  data: { person_id: ID, date_of_death: "2024-02-01", recorded_at: BEFORE },
};

/** The person was born on this day. */
export function born(birth_date: string): PersonEvent {
  return { type: "BirthDateSet", data: { person_id: ID, birth_date, set_at: BEFORE } };
}

/** The attribute was recorded. */
export function recorded(attribute: PersonAttribute): PersonEvent {
  return { type: "AttributeRecorded", data: { person_id: ID, attribute, recorded_at: BEFORE } };
}

/** Another person, for merges: the given events happened to them after their creation. */
export function otherPerson(...events: PersonEvent[]): PersonState {
  const data = { person_id: OTHER_ID, name: NAME, source: "test", created_at: BEFORE };
  return [{ type: "PersonCreated", data } satisfies PersonEvent, ...events]
    .reduce(evolve, initialState);
}

/** How facts of a person in a final stage of life are refused, whatever the command. */
export const FINAL_STAGES = [
  { stage: "deceased", event: deceased, message: `Cannot modify a deceased person: "${ID}"` },
  { stage: "merged", event: merged, message: `Cannot modify a merged person: "${ID}"` },
  { stage: "archived", event: archived, message: `Cannot modify an archived person: "${ID}"` },
] as const;
