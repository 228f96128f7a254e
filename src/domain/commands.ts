import { z } from "zod";
import { AttributeType, PersonAttribute } from "./attribute.ts";
import { PersonName } from "./name.ts";
import { optional, text } from "./schema.ts";
import { singleEntryOf, taggedUnion } from "./tagged_union.ts";
import { CalendarDate, MergeReason, PersonId } from "./values.ts";

const name = PersonName.command;
const attributeType = AttributeType.command;
const reason = text("command");

/** Only commands refuse such a range: an invalidation may leave one in a stored attribute. */
const attribute = PersonAttribute.command.refine(
  ({ temporal: { valid_from, valid_until } }) =>
    valid_from === null || valid_until === null || valid_from <= valid_until,
  { path: ["temporal", "valid_until"], error: "Valid until is before valid from" },
);

const commands = {
  CreatePerson: z.strictObject({ person_id: PersonId, name, source: text("command") }),
  UpdateName: z.strictObject({ person_id: PersonId, name, reason: optional(reason) }),
  SetBirthDate: z.strictObject({ person_id: PersonId, birth_date: CalendarDate }),
  RecordDeath: z.strictObject({ person_id: PersonId, date_of_death: CalendarDate }),
  DeactivatePerson: z.strictObject({ person_id: PersonId, reason }),
  ReactivatePerson: z.strictObject({ person_id: PersonId, reason }),
  ArchivePerson: z.strictObject({ person_id: PersonId, reason }),
  MergePersons: z.strictObject({
    source_person_id: PersonId,
    target_person_id: PersonId,
    merge_reason: MergeReason,
  }),
  RecordAttribute: z.strictObject({ person_id: PersonId, attribute }),
  UpdateAttribute: z.strictObject({
    person_id: PersonId,
    attribute_type: attributeType,
    new_attribute: attribute,
  }),
  InvalidateAttribute: z.strictObject({
    person_id: PersonId,
    attribute_type: attributeType,
    reason: optional(reason),
  }),
};

/** Reads `{"CreatePerson": {...}}`, by every rule that needs no state. Paths begin with the command's name. */
export const PersonCommand = taggedUnion(commands);
/** What a caller wants to happen to a person. */
export type PersonCommand = z.output<typeof PersonCommand>;

/** The command as it goes over the wire, fields in the order of wire.md. */
export function writeCommand(command: PersonCommand): Record<string, unknown> {
  return { [command.type]: command.data };
}

/** Whose state decides the command and whose version the reply tells: of a merge, the source's. */
export function aggregateIdOf(command: PersonCommand): PersonId {
  return command.type === "MergePersons" ? command.data.source_person_id : command.data.person_id;
}

/** Names of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(commands);

/** Whether the JSON is an object of exactly one key, which names a command, whatever the fields are. */
export function isOneCommand(json: unknown): boolean {
  const entry = singleEntryOf(json);
  return entry !== undefined && Object.hasOwn(commands, entry[0]);
}
