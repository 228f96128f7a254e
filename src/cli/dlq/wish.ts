/**
 * What the user wants done with dead letters.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { checkArguments, GLOBAL_OPTIONS, suggest, UsageError } from "../arguments.ts";
import { type Filter, filterOf } from "./filter.ts";

const OPTIONS = {
  ...GLOBAL_OPTIONS,
  "code": { type: "string" },
  "id": { type: "string" },
  "person": { type: "string" },
  "since": { type: "string" },
  "subject": { type: "string" },
  "all": { type: "boolean", default: false },
  "yes": { type: "boolean", default: false },
  "json": { type: "boolean", default: false },
} as const;

const ACTIONS = ["list", "show", "retry", "drop"] as const;

/** An action, and which letters it is for. */
export type Wish = {
  action: (typeof ACTIONS)[number];
  /** Where none is given, the filter chooses. */
  sequences: number[];
  filter: Filter;
  /** Whether more letters than were named one by one may be touched. */
  confirmed: boolean;
  json: boolean;
};

/**
 * Reads the arguments behind `dlq`.
 *
 * @throws {UsageError} for arguments that can't be understood
 */
export function readWish(args: string[]): Wish {
  checkArguments(args, OPTIONS, Infinity);
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const [action, ...numbers] = positionals;
  const { code, id, person, since, subject, all, yes: confirmed, json } = values;
  const filters = { code, id, person, since, subject };
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  const sequences = [...new Set(numbers.map(readSequence))];
  if (!isAction(action)) {
    throw new UsageError(
      action === undefined
        ? "No action given: write list, show, retry or drop"
        : `Unknown action "${action}"${suggest(action, [...ACTIONS])}`,
    );
  }
  if ([sequences.length > 0, isFiltered, all].filter((given) => given).length > 1) {
    throw new UsageError("Choose letters by sequences, by filters or by --all, not by several");
  }
  if (action !== "list" && sequences.length === 0 && !isFiltered && !all) {
    throw new UsageError(`Say which letters to ${action}: sequences, filters, or --all`);
  }
  return { action, sequences, filter: filterOf(filters), confirmed, json };
}

function isAction(word: string | undefined): word is Wish["action"] {
  return ACTIONS.some((action) => action === word);
}

function readSequence(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`Found "${text}" for a letter's sequence; "dlq list" shows them`);
}
