/**
 * Which dead letters are meant.
 *
 * @module
 */
import { durationMs } from "../../config_readers.ts";
import { Instant, PersonId } from "../../domain/values.ts";
import { BAD_COMMAND_CODES } from "../../nats/bad_command.ts";
import type { StoredLetter } from "../../nats/inbox/dead_letter_box.ts";
import { UsageError } from "../arguments.ts";

/** What the user wrote. */
export type FilterOptions = {
  code?: string | undefined;
  id?: string | undefined;
  person?: string | undefined;
  since?: string | undefined;
  subject?: string | undefined;
};

/** Whether a letter is one of those that are meant. */
export type Filter = (stored: StoredLetter) => boolean;

/**
 * Letters that fit all of the options; what is no letter fits only where there are none.
 *
 * @param now milliseconds since 1970
 * @throws {UsageError}
 */
export function filterOf(options: FilterOptions, now: number = Date.now()): Filter {
  const { id, subject } = options;
  const code = options.code === undefined ? undefined : readCode(options.code);
  const person = options.person === undefined ? undefined : readPerson(options.person);
  const since = options.since === undefined ? undefined : readSince(options.since, now);
  const isAny = Object.values(options).every((value) => value === undefined);
  return ({ letter }) => {
    if (letter === null) return isAny;
    return (code === undefined || letter.reason.code === code) &&
      (id === undefined || letter.command_id === id) &&
      (person === undefined || letter.person_id === person) &&
      (since === undefined || Date.parse(letter.dead_at) >= since) &&
      (subject === undefined || subjectMatches(subject, letter.subject));
  };
}

/** Whether a subject is covered by a pattern with the wildcards of NATS. */
export function subjectMatches(pattern: string, subject: string): boolean {
  const [wanted, found] = [pattern.split("."), subject.split(".")];
  if (wanted.at(-1) === ">") {
    const start = wanted.slice(0, -1);
    return found.length > start.length && start.every((token, index) => fits(token, found[index]));
  }
  return wanted.length === found.length &&
    wanted.every((token, index) => fits(token, found[index]));
}

function fits(token: string, found: string | undefined): boolean {
  return token === "*" || token === found;
}

function readCode(text: string): string {
  const code = BAD_COMMAND_CODES.find((known) => known.toLowerCase() === text.toLowerCase());
  if (code !== undefined) return code;
  const known = BAD_COMMAND_CODES.join(" or ");
  throw new UsageError(`Option "--code": found "${text}"; write ${known}`);
}

function readPerson(text: string): string {
  const person = PersonId.safeParse(text);
  if (person.success) return person.data;
  throw new UsageError(`Option "--person": found "${text}"; write a person's id`);
}

/** A duration before now, or a time. */
function readSince(text: string, now: number): number {
  const duration = durationMs("0", "36500d").safeParse(text);
  if (duration.success) return now - duration.data;
  const time = Instant.safeParse(text);
  if (time.success) return Date.parse(time.data);
  throw new UsageError(
    `Option "--since": found "${text}"; write a duration such as "2h" or a time such as "2026-11-23T08:00:00Z"`,
  );
}
