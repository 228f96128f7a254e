import { z } from "zod";
import { AttributeType, PersonAttribute } from "./attribute.ts";
import { PersonName } from "./name.ts";
import { optional } from "./schema.ts";
import { taggedUnion } from "./tagged_union.ts";
import { CalendarDate, Instant, MergeReason, PersonId, unreachable } from "./values.ts";

/** Version of the events' shape that this program writes. Older ones go through `upcast`. */
export const SCHEMA_VERSION = 1;

const name = PersonName.stored;
const attribute = PersonAttribute.stored;
const attributeType = AttributeType.stored;
const reason = z.string();

/** Reads `{"PersonCreated": {...}}` by its shape alone. */
export const PersonEvent = taggedUnion({
  PersonCreated: z.object({ person_id: PersonId, name, source: z.string(), created_at: Instant }),
  PersonUpdated: z.object({ person_id: PersonId, name, updated_at: Instant }),
  NameUpdated: z.object({
    person_id: PersonId,
    old_name: name,
    new_name: name,
    reason: optional(reason),
    updated_at: Instant,
  }),
  BirthDateSet: z.object({ person_id: PersonId, birth_date: CalendarDate, set_at: Instant }),
  DeathRecorded: z.object({
    person_id: PersonId,
    date_of_death: CalendarDate,
    recorded_at: Instant,
  }),
  PersonDeactivated: z.object({ person_id: PersonId, reason, deactivated_at: Instant }),
  PersonReactivated: z.object({ person_id: PersonId, reason, reactivated_at: Instant }),
  PersonArchived: z.object({ person_id: PersonId, reason, archived_at: Instant }),
  PersonMergedInto: z.object({
    source_person_id: PersonId,
    merged_into_id: PersonId,
    merge_reason: MergeReason,
    merged_at: Instant,
  }),
  PersonAbsorbed: z.object({
    target_person_id: PersonId,
    absorbed_person_id: PersonId,
    merge_reason: MergeReason,
    absorbed_at: Instant,
  }),
  AttributeRecorded: z.object({ person_id: PersonId, attribute, recorded_at: Instant }),
  AttributeUpdated: z.object({
    person_id: PersonId,
    attribute_type: attributeType,
    old_attribute: attribute,
    new_attribute: attribute,
    updated_at: Instant,
  }),
  AttributeInvalidated: z.object({
    person_id: PersonId,
    attribute_type: attributeType,
    invalidated_at: Instant,
    reason: optional(reason),
  }),
});
/** What happened to a person. This is the storage format. */
export type PersonEvent = z.output<typeof PersonEvent>;
/** `PersonCreated`, `NameUpdated` … */
export type EventType = PersonEvent["type"];

/** Reads a stored event with what is known of it. */
export const EventEnvelope = z.object({
  aggregate_id: PersonId,
  sequence: z.int().positive(),
  event: PersonEvent,
  timestamp: Instant,
  correlation_id: z.string(),
  causation_id: z.string(),
  schema_version: z.int().positive().default(1),
});
/** A stored event; `sequence` is the person's version after it, `causation_id` the command's id. */
export type EventEnvelope = z.output<typeof EventEnvelope>;

/** The envelope as it is stored, fields in the order of wire.md. */
export function writeEnvelope(envelope: EventEnvelope): Record<string, unknown> {
  const { aggregate_id, sequence, event, timestamp, correlation_id, causation_id, schema_version } =
    envelope;
  return {
    aggregate_id,
    sequence,
    event: { [event.type]: event.data },
    timestamp,
    correlation_id,
    causation_id,
    schema_version,
  };
}

const SUFFIXES: Record<EventType, string> = {
  PersonCreated: "created",
  PersonUpdated: "updated",
  NameUpdated: "name_updated",
  BirthDateSet: "birth_date_set",
  DeathRecorded: "death_recorded",
  PersonDeactivated: "deactivated",
  PersonReactivated: "reactivated",
  PersonArchived: "archived",
  PersonMergedInto: "merged",
  PersonAbsorbed: "absorbed",
  AttributeRecorded: "attribute_recorded",
  AttributeUpdated: "attribute_updated",
  AttributeInvalidated: "attribute_invalidated",
};

/** The last token of the subject that an event of this type is stored on. */
export function eventSuffix(type: EventType): string {
  return SUFFIXES[type];
}

/** Whose history the event belongs to. */
export function personOf(event: PersonEvent): PersonId {
  if (event.type === "PersonMergedInto") return event.data.source_person_id;
  if (event.type === "PersonAbsorbed") return event.data.target_person_id;
  return event.data.person_id;
}

/** When it happened, by the clock of the service that decided it. */
export function occurredAt(event: PersonEvent): Instant {
  switch (event.type) {
    case "PersonCreated":
      return event.data.created_at;
    case "PersonUpdated":
    case "NameUpdated":
    case "AttributeUpdated":
      return event.data.updated_at;
    case "BirthDateSet":
      return event.data.set_at;
    case "DeathRecorded":
    case "AttributeRecorded":
      return event.data.recorded_at;
    case "PersonDeactivated":
      return event.data.deactivated_at;
    case "PersonReactivated":
      return event.data.reactivated_at;
    case "PersonArchived":
      return event.data.archived_at;
    case "PersonMergedInto":
      return event.data.merged_at;
    case "PersonAbsorbed":
      return event.data.absorbed_at;
    case "AttributeInvalidated":
      return event.data.invalidated_at;
    default:
      return unreachable(event);
  }
}
