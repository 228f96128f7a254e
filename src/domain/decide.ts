import {
  allowedKinds,
  indexOfCurrent,
  isSameType,
  type PersonAttribute,
  typeName,
} from "./attribute.ts";
import type { PersonCommand } from "./commands.ts";
import type { PersonEvent } from "./events.ts";
import {
  type Lifecycle,
  type LifecycleName,
  lifecycleName,
  type Person,
  type PersonState,
} from "./person.ts";
import {
  adjectiveOf,
  invalid,
  reject,
  rejectFinal,
  type Rejection,
  rejectTransition,
} from "./rejection.ts";
import { isValidOn } from "./temporal_validity.ts";
import { type CalendarDate, dayOf, type Instant, unreachable } from "./values.ts";

/** JSON bytes that a person's state may have. Source: wire.md, Limits. */
export const MAX_STATE_BYTES = 512 * 1024;

/** No command, of 256 KiB at most, makes a state of so many bytes too large: what it adds need not be measured. */
const SURELY_WITHIN_BYTES = MAX_STATE_BYTES / 4;

/** What a decision needs to know beside the command and the person's own state. */
export type DecisionContext = {
  /** The service's clock, in milliseconds, UTC. */
  now: Instant;
  /** Of a merge: the state of the person merged into. */
  target?: PersonState;
  /** JSON bytes of the person's state. */
  stateBytes: number;
};

export type { Rejection };

/** The events that the command leads to, or why it is refused. */
export type Decision = { accepted: PersonEvent[] } | { rejected: Rejection };

type Command<T extends PersonCommand["type"]> = Extract<PersonCommand, { type: T }>;

/** Decides a command on a person's state. A merge comes to the source's event, then the target's. */
export function decide(
  command: PersonCommand,
  state: PersonState,
  context: DecisionContext,
): Decision {
  if (command.type === "CreatePerson") return createPerson(command, state, context);
  if (state === null) return reject(command, "NotFound", "no such person");
  switch (command.type) {
    case "UpdateName":
      return updateName(command, state, context);
    case "SetBirthDate":
      return setBirthDate(command, state, context);
    case "RecordDeath":
      return recordDeath(command, state, context);
    case "DeactivatePerson":
      return deactivatePerson(command, state, context);
    case "ReactivatePerson":
      return reactivatePerson(command, state, context);
    case "ArchivePerson":
      return archivePerson(command, state, context);
    case "MergePersons":
      return mergePersons(command, state, context);
    case "RecordAttribute":
      return recordAttribute(command, state, context);
    case "UpdateAttribute":
      return updateAttribute(command, state, context);
    case "InvalidateAttribute":
      return invalidateAttribute(command, state, context);
    default:
      return unreachable(command);
  }
}

function createPerson(
  command: Command<"CreatePerson">,
  state: PersonState,
  { now }: DecisionContext,
): Decision {
  if (state !== null) return reject(command, "AlreadyExists", "person already exists");
  const { person_id, name, source } = command.data;
  return accept({ type: "PersonCreated", data: { person_id, name, source, created_at: now } });
}

function updateName(
  command: Command<"UpdateName">,
  person: Person,
  { now, stateBytes }: DecisionContext,
): Decision {
  const { person_id, name, reason } = command.data;
  const old_name = person.core_identity.legal_name;
  return refuseChange(command, person.lifecycle) ??
    refuseGrowth(command, stateBytes, name, old_name) ??
    accept({
      type: "NameUpdated",
      data: { person_id, old_name, new_name: name, reason, updated_at: now },
    });
}

function setBirthDate(
  command: Command<"SetBirthDate">,
  person: Person,
  { now }: DecisionContext,
): Decision {
  const { person_id, birth_date } = command.data;
  const { birth_date: known, death_date } = person.core_identity;
  const stage = lifecycleName(person.lifecycle);
  if (stage === "MergedInto" || stage === "Archived") return rejectFinal(command, stage);
  if (known !== null) {
    return reject(command, "InvariantViolation", `birth date is already set to "${known}"`);
  }
  if (death_date !== null && birth_date > death_date) {
    return invalid(command, "birth_date", `"${birth_date}" is after the death on "${death_date}"`);
  }
  return refuseFuture(command, "birth_date", birth_date, now) ??
    accept({ type: "BirthDateSet", data: { person_id, birth_date, set_at: now } });
}

function recordDeath(
  command: Command<"RecordDeath">,
  person: Person,
  { now }: DecisionContext,
): Decision {
  const refusal = refuseTransition(command, person.lifecycle, ["Active", "Deactivated"]);
  if (refusal) return refusal;
  const { person_id, date_of_death } = command.data;
  const { birth_date } = person.core_identity;
  if (birth_date !== null && date_of_death < birth_date) {
    const message = `"${date_of_death}" is before the birth on "${birth_date}"`;
    return invalid(command, "date_of_death", message);
  }
  return refuseFuture(command, "date_of_death", date_of_death, now) ??
    accept({ type: "DeathRecorded", data: { person_id, date_of_death, recorded_at: now } });
}

function deactivatePerson(
  command: Command<"DeactivatePerson">,
  person: Person,
  { now }: DecisionContext,
): Decision {
  const { person_id, reason } = command.data;
  return refuseTransition(command, person.lifecycle, ["Active"]) ??
    refuseBlankReason(command) ??
    accept({ type: "PersonDeactivated", data: { person_id, reason, deactivated_at: now } });
}

function reactivatePerson(
  command: Command<"ReactivatePerson">,
  person: Person,
  { now }: DecisionContext,
): Decision {
  const { person_id, reason } = command.data;
  return refuseTransition(command, person.lifecycle, ["Deactivated"]) ??
    accept({ type: "PersonReactivated", data: { person_id, reason, reactivated_at: now } });
}

function archivePerson(
  command: Command<"ArchivePerson">,
  person: Person,
  { now }: DecisionContext,
): Decision {
  const { person_id, reason } = command.data;
  return refuseTransition(command, person.lifecycle, ["Active", "Deactivated"]) ??
    refuseBlankReason(command) ??
    accept({ type: "PersonArchived", data: { person_id, reason, archived_at: now } });
}

function mergePersons(
  command: Command<"MergePersons">,
  source: Person,
  { now, target }: DecisionContext,
): Decision {
  const { source_person_id, target_person_id, merge_reason } = command.data;
  if (source_person_id === target_person_id) {
    return invalid(command, "target_person_id", "source and target are the same person");
  }
  const refusal = refuseTransition(command, source.lifecycle, ["Active"]);
  if (refusal) return refusal;
  if (!target) {
    return reject(command, "NotFound", `no such person as the target "${target_person_id}"`);
  }
  const stage = lifecycleName(target.lifecycle);
  if (stage !== "Active") {
    const message = `the target "${target_person_id}" is ${adjectiveOf(stage)}`;
    return reject(command, "InvalidStateTransition", message);
  }
  return accept(
    {
      type: "PersonMergedInto",
      data: { source_person_id, merged_into_id: target_person_id, merge_reason, merged_at: now },
    },
    {
      type: "PersonAbsorbed",
      data: {
        target_person_id,
        absorbed_person_id: source_person_id,
        merge_reason,
        absorbed_at: now,
      },
    },
  );
}

function recordAttribute(
  command: Command<"RecordAttribute">,
  person: Person,
  { now, stateBytes }: DecisionContext,
): Decision {
  const { person_id, attribute } = command.data;
  return refuseChange(command, person.lifecycle) ??
    refuseKind(command, "attribute", attribute) ??
    refuseGrowth(command, stateBytes, attribute) ??
    accept({ type: "AttributeRecorded", data: { person_id, attribute, recorded_at: now } });
}

function updateAttribute(
  command: Command<"UpdateAttribute">,
  person: Person,
  { now, stateBytes }: DecisionContext,
): Decision {
  const { person_id, attribute_type, new_attribute } = command.data;
  const refusal = refuseChange(command, person.lifecycle) ?? refuseOtherType(command) ??
    refuseKind(command, "new_attribute", new_attribute);
  if (refusal) return refusal;
  const { attributes } = person.attributes;
  const old_attribute = attributes[indexOfCurrent(attributes, attribute_type, dayOf(now))];
  if (old_attribute === undefined) return rejectNoAttribute(command);
  return refuseGrowth(command, stateBytes, new_attribute, old_attribute) ??
    accept({
      type: "AttributeUpdated",
      data: { person_id, attribute_type, old_attribute, new_attribute, updated_at: now },
    });
}

function invalidateAttribute(
  command: Command<"InvalidateAttribute">,
  person: Person,
  { now }: DecisionContext,
): Decision {
  const refusal = refuseChange(command, person.lifecycle);
  if (refusal) return refusal;
  const { person_id, attribute_type, reason } = command.data;
  const { attributes } = person.attributes;
  const current = attributes[indexOfCurrent(attributes, attribute_type, dayOf(now))];
  if (current === undefined) return rejectNoAttribute(command);
  if (!isValidOn(current.temporal, dayOf(now))) {
    const message = `no attribute of type "${typeName(attribute_type)}" is valid today`;
    return reject(command, "NotFound", message);
  }
  return accept({
    type: "AttributeInvalidated",
    data: { person_id, attribute_type, invalidated_at: now, reason },
  });
}

// Each refusal below is null where there is nothing to refuse, so that decisions chain them in the order of wire.md.

/** Facts may only be changed of an active person. */
function refuseChange(command: PersonCommand, lifecycle: Lifecycle): Decision | null {
  const stage = lifecycleName(lifecycle);
  if (stage === "Active") return null;
  return stage === "Deactivated"
    ? reject(command, "InvalidStateTransition", "person is deactivated")
    : rejectFinal(command, stage);
}

function refuseTransition(
  command: PersonCommand,
  lifecycle: Lifecycle,
  allowed: LifecycleName[],
): Decision | null {
  const stage = lifecycleName(lifecycle);
  return allowed.includes(stage) ? null : rejectTransition(command, stage);
}

function refuseBlankReason(
  command: Command<"DeactivatePerson" | "ArchivePerson">,
): Decision | null {
  if (command.data.reason.trim() !== "") return null;
  return invalid(command, "reason", "reason cannot be blank");
}

function refuseFuture(
  command: PersonCommand,
  path: string,
  date: CalendarDate,
  now: Instant,
): Decision | null {
  return date > dayOf(now) ? invalid(command, path, `"${date}" is in the future`) : null;
}

function refuseOtherType(command: Command<"UpdateAttribute">): Decision | null {
  const { attribute_type, new_attribute } = command.data;
  if (isSameType(attribute_type, new_attribute.attribute_type)) return null;
  const [expected, found] = [typeName(attribute_type), typeName(new_attribute.attribute_type)];
  const message = `the new attribute's type is "${found}", not "${expected}"`;
  return invalid(command, "new_attribute.attribute_type", message);
}

function refuseKind(
  command: PersonCommand,
  path: string,
  { attribute_type, value }: PersonAttribute,
): Decision | null {
  const allowed = allowedKinds(attribute_type);
  if (allowed === null || allowed.some((kind) => kind in value)) return null;
  const [found] = Object.keys(value);
  const expected = allowed.map((kind) => `"${kind}"`).join(" or ");
  const message = `"${typeName(attribute_type)}" takes ${expected}, not "${found}"`;
  return invalid(command, `${path}.value`, message);
}

/** A state over its limit may still shrink. */
function refuseGrowth(
  command: PersonCommand,
  stateBytes: number,
  added: unknown,
  removed?: unknown,
): Decision | null {
  if (stateBytes <= SURELY_WITHIN_BYTES) return null;
  const growth = jsonBytes(added) - (removed === undefined ? 0 : jsonBytes(removed));
  if (growth <= 0 || stateBytes + growth <= MAX_STATE_BYTES) return null;
  const message = `state would grow to ${stateBytes + growth} bytes, over ${MAX_STATE_BYTES}`;
  return reject(command, "InvariantViolation", message);
}

const encoder = new TextEncoder();

function jsonBytes(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}

function rejectNoAttribute(
  command: Command<"UpdateAttribute" | "InvalidateAttribute">,
): Decision {
  const type = typeName(command.data.attribute_type);
  return reject(command, "NotFound", `no attribute of that type, "${type}"`);
}

function accept(...accepted: PersonEvent[]): Decision {
  return { accepted };
}
