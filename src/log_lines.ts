/**
 * How a log record is written: as a JSON line, or to be read.
 *
 * @module
 */
import type { LogLevel, LogRecord } from "@logtape/logtape";

/** The words of `LOG_LEVEL`; LogTape says "warning". */
const LEVEL_NAMES: Record<LogLevel, string> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  fatal: "fatal",
};

/** Priorities of syslog, as `sd-daemon(3)` has them. */
const PRIORITIES: Record<LogLevel, string> = {
  trace: "<7>",
  debug: "<7>",
  info: "<6>",
  warning: "<4>",
  error: "<3>",
  fatal: "<2>",
};

/** One line of JSON: time, level, logger, message, then the record's properties. */
export function jsonLine(record: LogRecord): string {
  const fields: Record<string, unknown> = {
    time: new Date(record.timestamp).toISOString(),
    level: LEVEL_NAMES[record.level],
    logger: record.category.join("."),
    message: messageOf(record),
  };
  for (const [name, value] of Object.entries(record.properties)) {
    // A property of the same name must not hide what every line has.
    fields[Object.hasOwn(fields, name) ? `${name}_` : name] = value;
  }
  return toJson(fields);
}

/** A line for a terminal, with the properties the message doesn't name; a stack takes more lines. */
export function textLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString();
  const level = LEVEL_NAMES[record.level].toUpperCase().padEnd(5);
  const template = String(record.rawMessage);
  const others = Object.entries(record.properties)
    .filter(([name, value]) => !(value instanceof Error) && !template.includes(`{${name}}`))
    .map(([name, value]) => ` ${name}=${toJson(value)}`);
  const stacks = Object.values(record.properties)
    .filter((value) => value instanceof Error)
    .map((error) => `\n${stackOf(error)}`.replaceAll("\n", "\n  "));
  const logger = record.category.join(".");
  // What came from outside may neither forge lines nor steer the terminal.
  const line = escapeControls(`${time} ${level} ${logger}: ${messageOf(record)}${others.join("")}`);
  return line + escapeControls(stacks.join(""), "\n");
}

/** Puts the level before each line in the way the journal understands. */
export function withPriority(level: LogLevel, lines: string): string {
  return PRIORITIES[level] + lines.replaceAll("\n", `\n${PRIORITIES[level]}`);
}

/** The stack with those of its causes. */
function stackOf(error: Error): string {
  const stack = error.stack || `${error.name}: ${error.message}`;
  return error.cause instanceof Error ? `${stack}\nCaused by ${stackOf(error.cause)}` : stack;
}

function messageOf(record: LogRecord): string {
  return record.message
    .map((part) => {
      if (part instanceof Error) return part.message;
      return typeof part === "object" ? toJson(part) : String(part);
    })
    .join("");
}

function toJson(value: unknown): string {
  // What is being written around a value; met again inside, it would never end.
  const around = new Set<object>();
  const plain = (value: unknown): unknown => {
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Date) return value.toISOString();
    if (around.has(value)) return "[circular]";
    around.add(value);
    const copy = Array.isArray(value)
      ? value.map(plain)
      : Object.fromEntries(fieldsOf(value).map(([name, each]) => [name, plain(each)]));
    around.delete(value);
    return copy;
  };
  return JSON.stringify(plain(value)) ?? "null";
}

function fieldsOf(value: object): [name: string, value: unknown][] {
  if (!(value instanceof Error)) return Object.entries(value);
  const { name, message, stack, cause } = value;
  // Of its own fields, such as a code, only these are not enumerable.
  const fields = Object.entries({ ...value, name, message, stack });
  return cause === undefined ? fields : [...fields, ["cause", cause]];
}

function escapeControls(text: string, except = ""): string {
  return text.replace(
    /\p{Cc}/gu,
    (control) => control === except ? control : JSON.stringify(control).slice(1, -1),
  );
}
