/**
 * What `person-service send` says about a reply.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import { z } from "zod";

/** It was said that the command is not accepted. */
export const EXIT_REFUSED = 1;
const EXIT_UNANSWERED = 2;

const Accepted = z.object({
  aggregate_id: z.string(),
  version: z.number(),
  events_generated: z.number(),
  stream_sequence: z.number(),
});

const Refused = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.union([
      z.array(z.object({ path: z.string(), message: z.string() })),
      z.record(z.string(), z.unknown()),
    ]).optional(),
  }),
});

/** A reply as a person wants to read it. */
export type Answer = {
  /** Undefined when this isn't the reply of a person-service. */
  accepted: boolean | undefined;
  text: string;
};

/**
 * Prints a reply, and returns the exit status.
 *
 * @param json what to print of it for a program; null: text for a person
 */
export function printReply(reply: string, json: string | null): number {
  const { accepted, text } = readReply(reply, Deno.stdout.isTerminal() && !Deno.noColor);
  if (accepted === undefined) {
    console.error(text);
    return EXIT_UNANSWERED;
  }
  console.log(json ?? text);
  return accepted ? 0 : EXIT_REFUSED;
}

/** Reads a reply; `colours` adds those of a terminal. */
export function readReply(reply: string, colours: boolean): Answer {
  const json = parseReply(reply);
  const accepted = Accepted.safeParse(json);
  if (accepted.success) {
    return { accepted: true, text: describeAccepted(accepted.data, colours) };
  }
  const refused = Refused.safeParse(json);
  if (refused.success) return { accepted: false, text: describeRefused(refused.data, colours) };
  return { accepted: undefined, text: `This is not the reply of a person-service: ${reply}` };
}

/** An acknowledgement of the inbox as a person wants to read it. */
export function describeKept(
  { stream, seq, duplicate }: { stream: string; seq: number; duplicate: boolean },
  id: string,
): string {
  return `kept      ${duplicate ? "before, " : ""}as ${seq} in ${stream}, with id ${id}`;
}

function describeAccepted(reply: z.output<typeof Accepted>, colours: boolean): string {
  const { aggregate_id: id, version, events_generated: events } = reply;
  const stored = `${events} ${events === 1 ? "event" : "events"} stored`;
  return `${paint("accepted", 32, colours)}  person ${id} is now at version ${version} ` +
    `(${stored}, stream sequence ${reply.stream_sequence})`;
}

function describeRefused({ error }: z.output<typeof Refused>, colours: boolean): string {
  const { code, message, details = [] } = error;
  const lines = Array.isArray(details)
    ? details.map((detail) => `${detail.path}: ${detail.message}`)
    : Object.entries(details).map(([name, value]) =>
      `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`
    );
  const first = `${paint("refused", 31, colours)}   ${code}: ${message}`;
  return [first, ...lines.map((line) => `          ${line}`)].join("\n");
}

function paint(word: string, ansiColour: number, colours: boolean): string {
  return colours ? `\x1b[${ansiColour}m${word}\x1b[0m` : word;
}

/** A reply as JSON; undefined for what is none. */
export function parseReply(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // said by its not being a reply
  }
}
