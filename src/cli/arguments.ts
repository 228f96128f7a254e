/**
 * What every command of the command line shares: options, their checks, and the environment file.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs, parseEnv } from "node:util";

/** The arguments can't be understood; the message is one line for the user (exit status 2). */
export class UsageError extends Error {
  /** Tells this class apart in logs. */
  override name = "UsageError";
}

/** What `node:util` needs to know of each option. */
export type Options = Record<string, { type: "string" | "boolean"; short?: string }>;

/** Understood by every command. */
export const GLOBAL_OPTIONS = {
  "help": { type: "boolean", short: "h" },
  "version": { type: "boolean" },
  "env-file": { type: "string" },
} as const satisfies Options;

/**
 * Checks arguments in words of its own, for `node:util` puts three sentences into its errors.
 *
 * @throws {UsageError} for an option that is unknown, lacks its value, or has one it can't take, and
 * for more than `maxPositionals` other arguments
 */
export function checkArguments(args: string[], options: Options, maxPositionals = 0): void {
  const { tokens, positionals } = parseArgs({ args, options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = options[token.name];
    if (option === undefined) {
      const known = Object.keys(options).map((name) => `--${name}`);
      throw new UsageError(`Unknown option "${token.rawName}"${suggest(token.rawName, known)}`);
    }
    if (option.type === "boolean" && token.value !== undefined) {
      throw new UsageError(`Option "${token.rawName}" takes no value`);
    }
    // "--file --json": a forgotten value, not a file of that name ("--file=--json" is one).
    const isNextOption = !token.inlineValue && /^-./.test(token.value ?? "");
    if (option.type === "string" && (token.value === undefined || isNextOption)) {
      const hint = isNextOption
        ? `; one that begins with "-" is written "${token.rawName}=${token.value}"`
        : "";
      throw new UsageError(`Option "${token.rawName}" needs a value${hint}`);
    }
  }
  const surplus = positionals[maxPositionals];
  if (surplus !== undefined) throw new UsageError(`Unexpected argument "${surplus}"`);
}

/** The end of a refusal: the candidate closest to what was written, or where to look. */
export function suggest(written: string, candidates: string[], otherwise = "--help"): string {
  const closest = candidates
    .map((candidate) => ({ candidate, distance: editDistance(written, candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (closest === undefined || closest.distance > Math.max(2, written.length / 3)) {
    return `; see ${otherwise}`;
  }
  return `: did you mean "${closest.candidate}"?`;
}

/**
 * The variables of an environment file.
 *
 * @throws {UsageError} when the file can't be read
 */
export async function readEnvFile(path: string): Promise<Record<string, string | undefined>> {
  return parseEnv(new TextDecoder().decode(await readFile(path)));
}

/**
 * What is in a file the user named.
 *
 * @throws {UsageError} when the file can't be read
 */
export async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(absolutePath(path));
  } catch (cause) {
    throw new UsageError(`Cannot read "${path}": ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return String(error);
}

/** A path as the user means it: "deno task" runs in the checkout's folder, and tells in INIT_CWD where it was called. */
export function absolutePath(path: string): string {
  return resolve(Deno.build.standalone ? "." : Deno.env.get("INIT_CWD") ?? ".", path);
}

/** Levenshtein's: insertions, deletions and substitutions from one word to the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const substituted = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      const added = (current[column] ?? 0) + 1;
      const removed = (previous[column + 1] ?? 0) + 1;
      current.push(Math.min(substituted, added, removed));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
