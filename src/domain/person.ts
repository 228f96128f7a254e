import { z } from "zod";
import { indexOfCurrent, PersonAttribute } from "./attribute.ts";
import { type EventType, occurredAt, type PersonEvent } from "./events.ts";
import { PersonName } from "./name.ts";
import { externallyTagged } from "./tagged_union.ts";
import { earlier } from "./temporal_validity.ts";
import { CalendarDate, dayBefore, dayOf, Instant, PersonId, unreachable } from "./values.ts";

/** Version of the state's shape in snapshots: another shape needs another number. */
export const SNAPSHOT_VERSION = 1;

/** Where a person is in their life here. Deceased, MergedInto and Archived are final. */
export const Lifecycle = externallyTagged(["Active"], {
  Deactivated: z.object({ reason: z.string(), since: Instant }),
  Archived: z.object({ reason: z.string(), since: Instant }),
  MergedInto: z.object({ target_id: PersonId, merged_at: Instant }),
  Deceased: z.object({ date_of_death: CalendarDate }),
});
/** Where a person is in their life here. Deceased, MergedInto and Archived are final. */
export type Lifecycle = z.output<typeof Lifecycle>;

/** Reads a person's state, as snapshots hold it. */
export const Person = z.object({
  id: PersonId,
  core_identity: z.object({
    legal_name: PersonName.stored,
    birth_date: CalendarDate.nullable(),
    death_date: CalendarDate.nullable(),
    created_at: Instant,
    updated_at: Instant,
  }),
  attributes: z.object({ attributes: z.array(PersonAttribute.stored) }),
  lifecycle: Lifecycle,
  version: z.int().positive(),
});
/** What a person's events come to. `version` counts them. */
export type Person = z.output<typeof Person>;

/** null: no such person. */
export type PersonState = Person | null;

/** Before the first event. */
export const initialState: PersonState = null;

/** The variant's name alone. */
export type LifecycleName = "Active" | "Deactivated" | "Archived" | "MergedInto" | "Deceased";

/** The variant's name alone. */
export function lifecycleName(lifecycle: Lifecycle): LifecycleName {
  if (lifecycle === "Active") return "Active";
  if ("Deactivated" in lifecycle) return "Deactivated";
  if ("Archived" in lifecycle) return "Archived";
  if ("MergedInto" in lifecycle) return "MergedInto";
  return "Deceased" in lifecycle ? "Deceased" : unreachable(lifecycle);
}

/**
 * The state after one more event. Records whatever history says, judges nothing and never throws.
 * Where there is nothing to replace or end, only version and time move; before its creation a person stays unknown.
 */
export function evolve(state: PersonState, event: PersonEvent): PersonState {
  if (state === null) return event.type === "PersonCreated" ? create(event) : null;
  const core_identity = { ...state.core_identity, updated_at: occurredAt(event) };
  const person: Person = { ...state, core_identity, version: state.version + 1 };
  switch (event.type) {
    // A second creation, which old histories may hold, must not wipe what is known.
    case "PersonCreated":
    case "PersonAbsorbed":
      return person;
    case "PersonUpdated":
      return { ...person, core_identity: { ...core_identity, legal_name: event.data.name } };
    case "NameUpdated":
      return { ...person, core_identity: { ...core_identity, legal_name: event.data.new_name } };
    case "BirthDateSet":
      return { ...person, core_identity: { ...core_identity, birth_date: event.data.birth_date } };
    case "AttributeRecorded":
      return withAttributes(person, [...person.attributes.attributes, event.data.attribute]);
    case "AttributeUpdated":
      return replaceCurrent(person, event, () => event.data.new_attribute);
    case "AttributeInvalidated":
      return replaceCurrent(person, event, (current) => end(current, event.data.invalidated_at));
    default:
      return enter(person, event);
  }
}

type Event<T extends EventType> = Extract<PersonEvent, { type: T }>;

function create({ data }: Event<"PersonCreated">): Person {
  return {
    id: data.person_id,
    core_identity: {
      legal_name: data.name,
      birth_date: null,
      death_date: null,
      created_at: data.created_at,
      updated_at: data.created_at,
    },
    attributes: { attributes: [] },
    lifecycle: "Active",
    version: 1,
  };
}

/** The person in the stage of life that the event leads to. */
function enter(
  person: Person,
  event: Event<
    | "DeathRecorded"
    | "PersonDeactivated"
    | "PersonReactivated"
    | "PersonArchived"
    | "PersonMergedInto"
  >,
): Person {
  switch (event.type) {
    case "DeathRecorded": {
      const { date_of_death } = event.data;
      const core_identity = { ...person.core_identity, death_date: date_of_death };
      return { ...person, core_identity, lifecycle: { Deceased: { date_of_death } } };
    }
    case "PersonDeactivated": {
      const { reason, deactivated_at: since } = event.data;
      return { ...person, lifecycle: { Deactivated: { reason, since } } };
    }
    case "PersonReactivated":
      return { ...person, lifecycle: "Active" };
    case "PersonArchived": {
      const { reason, archived_at: since } = event.data;
      return { ...person, lifecycle: { Archived: { reason, since } } };
    }
    case "PersonMergedInto": {
      const { merged_into_id: target_id, merged_at } = event.data;
      return { ...person, lifecycle: { MergedInto: { target_id, merged_at } } };
    }
    default:
      return unreachable(event);
  }
}

function replaceCurrent(
  person: Person,
  event: Event<"AttributeUpdated" | "AttributeInvalidated">,
  replace: (current: PersonAttribute) => PersonAttribute,
): Person {
  const { attributes } = person.attributes;
  const index = indexOfCurrent(attributes, event.data.attribute_type, dayOf(occurredAt(event)));
  const current = attributes[index];
  return current === undefined
    ? person
    : withAttributes(person, attributes.with(index, replace(current)));
}

function end(attribute: PersonAttribute, invalidatedAt: Instant): PersonAttribute {
  // Both ends are inclusive, so the day before: it no longer holds on the day of its invalidation.
  const valid_until = earlier(attribute.temporal.valid_until, dayBefore(dayOf(invalidatedAt)));
  return { ...attribute, temporal: { ...attribute.temporal, valid_until } };
}

function withAttributes(person: Person, attributes: PersonAttribute[]): Person {
  return { ...person, attributes: { attributes } };
}
