import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Msg, MsgHdrs } from "@nats-io/transport-node";
import { v7 as uuidv7 } from "uuid";
import type { z } from "zod";
import type { ReceivedCommand } from "../application/judge_command.ts";
import { isOneCommand, PersonCommand, writeCommand } from "../domain/commands.ts";
import { NotJson, parseJson, UnacceptableJson } from "./json.ts";

/** Largest command, in bytes. Source: wire.md, Limits. */
export const MAX_COMMAND_BYTES = 256 * 1024;

/** Problems that a reply lists, and how much of each it tells. */
const MAX_DETAILS = 100;
const MAX_DETAIL_CHARACTERS = 500;

/** Where a command is wrong, and how. */
export type Problem = { path: string; message: string };

/** A message that is no acceptable command. */
export class BadCommand extends Error {
  override name = "BadCommand";
  constructor(
    readonly code: "ParseError" | "ValidationError",
    message: string,
    readonly details?: Problem[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Reads a command message: bytes and headers, parsed once. Throws `BadCommand`. */
export function decodeCommand({ data, headers }: Pick<Msg, "data" | "headers">): ReceivedCommand {
  refuseOversized(data.length);
  const command = parseCommand(data);
  const canonical = canonicalJson(writeCommand(command));
  // A short literal such as 1e20 is a long one when it is written out.
  refuseOversized(Buffer.byteLength(canonical));
  const given = readHeaders(headers);
  const commandId = given.commandId ?? uuidv7();
  return {
    command,
    commandId,
    commandHash: createHash("sha256").update(canonical).digest("base64url"),
    correlationId: given.correlationId ?? commandId,
    expectedVersion: given.expectedVersion,
    traceparent: given.traceparent,
    bytes: Math.max(data.length, canonical.length),
  };
}

function refuseOversized(bytes: number): void {
  if (bytes <= MAX_COMMAND_BYTES) return;
  throw new BadCommand(
    "ValidationError",
    `The command has ${bytes} bytes, at most ${MAX_COMMAND_BYTES} are allowed`,
  );
}

function parseCommand(data: Uint8Array): PersonCommand {
  const json = readJson(data);
  if (!isOneCommand(json)) {
    throw new BadCommand(
      "ParseError",
      'The message is not one command: send an object with one command\'s name as its only key, such as {"CreatePerson": {…}}',
    );
  }
  const parsed = PersonCommand.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new BadCommand("ValidationError", ...describeIssues(parsed.error.issues));
}

/** Message and details; bounded, for a reply must fit into a message whatever it answers. */
function describeIssues(issues: z.core.$ZodIssue[]): [message: string, details: Problem[]] {
  const details = issues.slice(0, MAX_DETAILS).map(({ path, message }) => ({
    path: abbreviate(path.map(String).join(".")),
    message: abbreviate(message),
  }));
  const [first] = details;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return [`"${first?.path}": ${first?.message}${more}`, details];
}

function abbreviate(text: string): string {
  return text.length <= MAX_DETAIL_CHARACTERS ? text : `${text.slice(0, MAX_DETAIL_CHARACTERS)}…`;
}

function readJson(data: Uint8Array): unknown {
  try {
    return parseJson(data);
  } catch (error) {
    if (error instanceof NotJson) {
      throw new BadCommand("ParseError", error.message, undefined, { cause: error });
    }
    if (error instanceof UnacceptableJson) {
      throw new BadCommand("ValidationError", error.message, undefined, { cause: error });
    }
    throw error;
  }
}

/** Written here, for no serializer leaves null members out and sorts keys in one. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== null);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${
    members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")
  }}`;
}

type GivenHeaders = {
  commandId: string | null;
  correlationId: string | null;
  expectedVersion: number | null;
  traceparent: string | null;
};

function readHeaders(headers: MsgHdrs | undefined): GivenHeaders {
  const given: GivenHeaders = {
    commandId: null,
    correlationId: null,
    expectedVersion: null,
    traceparent: null,
  };
  if (headers === undefined) return given;
  const problems: Problem[] = [];
  for (const [name, values] of headers) {
    // Clients differ in how they write a header's name: a typo in its case must not lose an expectation.
    switch (name.toLowerCase()) {
      case "nats-msg-id":
        given.commandId = one("Nats-Msg-Id", values, /^[\x21-\x7e]{1,128}$/, problems);
        break;
      case "correlation-id":
        given.correlationId = one("Correlation-Id", values, /^[^\p{C}]{1,256}$/u, problems);
        break;
      case "expected-version":
        given.expectedVersion = version(one("Expected-Version", values, /^\d{1,15}$/, problems));
        break;
      case "traceparent":
        given.traceparent = traceparent(values);
    }
  }
  if (problems.length > 0) {
    throw new BadCommand(
      "ValidationError",
      problems.map(({ path, message }) => `"${path}": ${message}`).join("; "),
      problems,
    );
  }
  return given;
}

const EXPLANATIONS: Record<string, string> = {
  "Nats-Msg-Id": "must be 1 to 128 printable ASCII characters without spaces",
  "Correlation-Id": "must be 1 to 256 printable characters",
  "Expected-Version": "must be a whole number from 0 on",
};

function one(name: string, values: string[], shape: RegExp, problems: Problem[]): string | null {
  const [value] = values;
  if (value !== undefined && values.length === 1 && shape.test(value)) return value;
  const message = values.length > 1 ? "must be given once" : EXPLANATIONS[name] ?? "is malformed";
  problems.push({ path: `headers.${name}`, message });
  return null;
}

function version(value: string | null): number | null {
  return value === null ? null : Number(value);
}

/** Source: W3C Trace Context. A bad one is ignored, as the standard demands. */
function traceparent([value, another]: string[]): string | null {
  const wellFormed = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
  return value !== undefined && another === undefined && wellFormed.test(value) ? value : null;
}
