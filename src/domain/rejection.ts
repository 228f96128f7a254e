import { aggregateIdOf, type PersonCommand } from "./commands.ts";
import type { LifecycleName } from "./person.ts";

/** Why a command is refused. Source: wire.md, Replies. */
export type RejectionCode =
  | "ValidationError"
  | "NotFound"
  | "AlreadyExists"
  | "InvalidStateTransition"
  | "InvariantViolation";

/** A refusal; `path` leads into the command as it was sent: `SetBirthDate.birth_date`. */
export type Rejection = {
  code: RejectionCode;
  message: string;
  details?: { path: string; message: string }[];
};

/** Refuses the command; `why` ends a sentence that names command and person. */
export function reject(
  command: PersonCommand,
  code: RejectionCode,
  why: string,
): { rejected: Rejection } {
  return { rejected: { code, message: toMessage(command, why) } };
}

/** Refuses the command for one of its fields. */
export function invalid(
  command: PersonCommand,
  path: string,
  why: string,
): { rejected: Rejection } {
  const message = toMessage(command, why);
  const detail = { path: `${command.type}.${path}`, message: capitalized(why) };
  return { rejected: { code: "ValidationError", message, details: [detail] } };
}

/** Refuses to change a fact of a person in a final stage of life. */
export function rejectFinal(
  command: PersonCommand,
  stage: "Deceased" | "MergedInto" | "Archived",
): { rejected: Rejection } {
  const article = stage === "Archived" ? "an" : "a";
  const personId = aggregateIdOf(command);
  const message = `Cannot modify ${article} ${ADJECTIVES[stage]} person: "${personId}"`;
  return { rejected: { code: "InvariantViolation", message } };
}

/** Refuses a lifecycle command that can't be taken from this stage of life. */
export function rejectTransition(
  command: PersonCommand,
  stage: LifecycleName,
): { rejected: Rejection } {
  const already = DESTINATIONS[command.type] === stage ? "already " : "";
  return reject(command, "InvalidStateTransition", `person is ${already}${ADJECTIVES[stage]}`);
}

/** A stage of life as a message says it: `merged`. */
export function adjectiveOf(stage: LifecycleName): string {
  return ADJECTIVES[stage];
}

function toMessage(command: PersonCommand, why: string): string {
  return `Cannot ${ACTIONS[command.type]} person "${aggregateIdOf(command)}": ${why}`;
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

const ACTIONS: Record<PersonCommand["type"], string> = {
  CreatePerson: "create",
  UpdateName: "update name of",
  SetBirthDate: "set birth date of",
  RecordDeath: "record death of",
  DeactivatePerson: "deactivate",
  ReactivatePerson: "reactivate",
  ArchivePerson: "archive",
  MergePersons: "merge",
  RecordAttribute: "record attribute of",
  UpdateAttribute: "update attribute of",
  InvalidateAttribute: "invalidate attribute of",
};

const ADJECTIVES: Record<LifecycleName, string> = {
  Active: "active",
  Deactivated: "deactivated",
  Archived: "archived",
  MergedInto: "merged",
  Deceased: "deceased",
};

/** Where a lifecycle command leads: a person who is there is so already. */
const DESTINATIONS: Partial<Record<PersonCommand["type"], LifecycleName>> = {
  RecordDeath: "Deceased",
  DeactivatePerson: "Deactivated",
  ReactivatePerson: "Active",
  ArchivePerson: "Archived",
  MergePersons: "MergedInto",
};
