import { hash } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { COMMAND_NAMES, isOneCommand, PersonCommand, writeCommand } from "../domain/commands.ts";
import { BadCommand, type Problem } from "./bad_command.ts";
import { type CommandMessage, readHeaders } from "./command_headers.ts";
import { canonicalJson } from "./canonical_json.ts";
import { IN_STEP } from "./in_step.ts";
import { NotJson, parseJson, UnacceptableJson } from "./json.ts";
import { encodeText } from "./text.ts";
import type { ReceivedCommand } from "../application/received_command.ts";

/** Largest command, in bytes. Source: wire.md, Limits. */
export const MAX_COMMAND_BYTES = 256 * 1024;

/**
 * Reads a command message: bytes and headers, parsed once. Rejects with `BadCommand` with all that is wrong.
 * @param ownId the command's id where the caller gave none
 */
export async function decodeCommand(
  message: CommandMessage,
  ownId?: string,
): Promise<ReceivedCommand> {
  const { data } = message;
  refuseSize(data.length, "");
  const json = readCommand(data);
  await IN_STEP;
  const parsed = PersonCommand.safeParse(json);
  await IN_STEP;
  const { given, problems } = readHeaders(message);
  if (!parsed.success) problems.unshift(...parsed.error.issues.map(describeIssue));
  if (!parsed.success || problems.length > 0) throw refusal(problems);
  await IN_STEP;
  const canonical = encodeText(canonicalJson(writeCommand(parsed.data)));
  const bytes = Math.max(data.length, canonical.length);
  // May be longer than what came in: 1e20 has 21 digits, and lists that were left out are written.
  refuseSize(bytes, " when written out in full");
  await IN_STEP;
  const commandId = given.commandId ?? ownId ?? uuidv7();
  return {
    command: parsed.data,
    commandId,
    commandHash: hash("sha256", canonical, "base64url"),
    correlationId: given.correlationId ?? commandId,
    expectedVersion: given.expectedVersion,
    traceparent: given.traceparent,
    bytes,
  };
}

/** @param when where these are not the bytes that came in, for the caller never saw them */
function refuseSize(bytes: number, when: string): void {
  if (bytes <= MAX_COMMAND_BYTES) return;
  throw new BadCommand(
    "ValidationError",
    `The command has ${bytes} bytes${when}, at most ${MAX_COMMAND_BYTES} are allowed`,
  );
}

function readCommand(data: Uint8Array): unknown {
  const json = readJson(data);
  if (isOneCommand(json)) return json;
  const names = COMMAND_NAMES.map((name) => `"${name}"`).join(", ");
  throw new BadCommand(
    "ParseError",
    `The message is not one command: its only key must be one of ${names}`,
  );
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

/** Problems that a reply lists, and how much of each it tells: it has to fit into a message, whatever was sent. */
const MAX_DETAILS = 100;
const MAX_DETAIL_CHARACTERS = 500;

function describeIssue({ path, message }: { path: PropertyKey[]; message: string }): Problem {
  return { path: abbreviate(path.map(String).join(".")), message: abbreviate(message) };
}

function abbreviate(text: string): string {
  return text.length <= MAX_DETAIL_CHARACTERS ? text : `${text.slice(0, MAX_DETAIL_CHARACTERS)}…`;
}

function refusal(problems: Problem[]): BadCommand {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const message = `"${first?.path}": ${first?.message}${more}`;
  return new BadCommand("ValidationError", message, problems.slice(0, MAX_DETAILS));
}
