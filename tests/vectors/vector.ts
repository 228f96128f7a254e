import { z } from "zod";
import { isOneCommand, PersonCommand } from "../../src/domain/commands.ts";
import { compareInstants, Instant } from "../../src/domain/values.ts";

/** One example of what is in and what must come out. */
export const Vector = z.object({
  id: z.string(),
  description: z.string(),
  input: z.record(z.string(), z.unknown()),
  expected: z.record(z.string(), z.unknown()),
});
/** One example of what is in and what must come out. */
export type Vector = z.output<typeof Vector>;

/** The clock of every vector that names no other time. */
export const DEFAULT_NOW: Instant = "2024-07-01T00:00:00Z";

/** A command, or the code of the layer that refused to read it. */
export function readCommand(
  json: unknown,
): { command: PersonCommand } | { code: "ParseError" | "ValidationError" } {
  if (!isOneCommand(json)) return { code: "ParseError" };
  const parsed = PersonCommand.safeParse(json);
  return parsed.success ? { command: parsed.data } : { code: "ValidationError" };
}

/** What counts when two values are compared: moments rather than their digits, ids in their one form. */
export function comparable(value: unknown): unknown {
  if (typeof value === "string") return comparableText(value);
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "id") return comparable(first[1]);
  return Object.fromEntries(entries.map(([key, item]) => [key, comparable(item)]));
}

function comparableText(text: string): string {
  const { data: instant } = Instant.safeParse(text);
  if (instant === undefined) return text;
  const seconds = `${instant.slice(0, 19)}Z`;
  return compareInstants(instant, seconds) === 0 ? seconds : instant.replace(/0*Z$/, "Z");
}
