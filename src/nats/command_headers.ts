import { type MsgHdrs, MsgImpl } from "@nats-io/transport-node";
import type { Problem } from "./bad_command.ts";
import { detached } from "./text.ts";

/**
 * Largest header block, in bytes, with subject and reply subject. The client reads headers in time that grows with the
 * square of their number: a message of 1 MiB of them would stop the process for minutes.
 */
const MAX_HEADER_BYTES = 8 * 1024;

/** What a command comes as: a message of the client, or its parts. */
export type CommandMessage = { data: Uint8Array; headers?: MsgHdrs | undefined };

/** What a caller said beside the command; null where nothing, or nothing that can be used. */
export type CommandHeaders = {
  commandId: string | null;
  correlationId: string | null;
  expectedVersion: number | null;
  traceparent: string | null;
  /** Where the outcome of a durable command is to be sent, too. */
  replyTo: string | null;
};

/** Reads the headers that wire.md names, and lists what is wrong with them. */
export function readHeaders(
  message: CommandMessage,
): { given: CommandHeaders; problems: Problem[] } {
  const problems: Problem[] = [];
  const values = valuesByName(message, problems);
  const version = one("Expected-Version", values["expected-version"], problems);
  const given = {
    commandId: one("Nats-Msg-Id", values["nats-msg-id"], problems),
    correlationId: one("Correlation-Id", values["correlation-id"], problems),
    expectedVersion: version === null ? null : Number(version),
    traceparent: traceparent(values.traceparent),
    replyTo: replyTo(values["reply-to"]),
  };
  return { given, problems };
}

/** All headers as they came; null where there are too many, or some that can't be read. */
export function readAllHeaders(message: CommandMessage): Record<string, string[]> | null {
  if (headerBytesOf(message) > MAX_HEADER_BYTES) return null;
  try {
    return Object.fromEntries(message.headers ?? []);
  } catch {
    return null;
  }
}

function headerBytesOf(message: CommandMessage): number {
  return message instanceof MsgImpl ? message.size() - message.data.length : 0;
}

const HEADERS = {
  "Nats-Msg-Id": {
    shape: /^[\x21-\x7e]{1,128}$/,
    rule: "must be 1 to 128 printable ASCII characters without spaces",
  },
  "Correlation-Id": {
    shape: /^[^\p{C}]{1,256}$/u,
    rule: "must be 1 to 256 printable characters",
  },
  "Expected-Version": { shape: /^\d{1,15}$/, rule: "must be a whole number from 0 on" },
};

/** The headers that have a meaning, by their names in lower case. */
type Known = "nats-msg-id" | "correlation-id" | "expected-version" | "traceparent" | "reply-to";

/** The values of those that were given. */
type Values = Partial<Record<Known, string[]>>;

/** Clients differ in how they write a header's name: a typo in its case must not lose an expectation. */
function valuesByName(message: CommandMessage, problems: Problem[]): Values {
  const values: Values = {};
  if (headerBytesOf(message) > MAX_HEADER_BYTES) {
    problems.push({ path: "headers", message: `must have at most ${MAX_HEADER_BYTES} bytes` });
    return values;
  }
  try {
    for (const [name, more] of message.headers ?? []) {
      const key = name.toLowerCase();
      if (isKnown(key)) values[key] = [...values[key] ?? [], ...more];
    }
  } catch (error) {
    // The client reads headers only when they are asked for, and throws for names that it does not like.
    problems.push({ path: "headers", message: error instanceof Error ? error.message : "" });
  }
  return values;
}

function isKnown(name: string): name is Known {
  // One after the other, for the engine interns each text that it is to find a property by.
  return name === "nats-msg-id" || name === "correlation-id" || name === "expected-version" ||
    name === "traceparent" || name === "reply-to";
}

function one(
  name: keyof typeof HEADERS,
  values: string[] | undefined,
  problems: Problem[],
): string | null {
  const [value, another] = values ?? [];
  if (value === undefined) return null;
  const { shape, rule } = HEADERS[name];
  if (another === undefined && shape.test(value)) return detached(value);
  const message = another === undefined ? rule : "must be given once";
  problems.push({ path: `headers.${name}`, message });
  return null;
}

/** Source: W3C Trace Context. A bad one is ignored, as the standard demands. */
function traceparent([value, another]: string[] = []): string | null {
  const wellFormed = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
  return value !== undefined && another === undefined && wellFormed.test(value) ? value : null;
}

/** A bad one is ignored: the command is good, and its outcome is kept all the same. */
function replyTo([value, another]: string[] = []): string | null {
  const publishable = /^(?=.{1,255}$)[^.*>\p{C}\p{Z}]+(\.[^.*>\p{C}\p{Z}]+)*$/u;
  return value !== undefined && another === undefined && publishable.test(value) ? value : null;
}
