/**
 * Dead letters as a person or a machine wants to read them.
 *
 * @module
 */
import type { StoredLetter } from "../../nats/inbox/dead_letter_box.ts";

const LONGEST_REASON = 60;

/** A line for each letter, or one that says that there are none. */
export function tableOf(letters: StoredLetter[]): string {
  if (letters.length === 0) return "No dead letters";
  const rows = [
    ["SEQUENCE", "DEAD SINCE", "CODE", "PERSON", "ID", "SUBJECT", "REASON"],
    ...letters.map(rowOf),
  ];
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())
    .join("\n");
}

/** All that is known of a letter, with what came in. */
export function describe({ dlqSequence, letter }: StoredLetter): string {
  if (letter === null) return `Dead letter ${dlqSequence} is no letter of a person-service`;
  const { reason, headers } = letter;
  const details = Array.isArray(reason.details) ? reason.details : [];
  const bytes = letter.payload_encoding === "base64" ? "bytes, in base64" : "bytes";
  return [
    `Dead letter ${dlqSequence}, since ${letter.dead_at}`,
    `reason     ${reason.code}: ${oneLine(reason.message)}`,
    ...details.map((detail) => `           ${oneLine(JSON.stringify(detail))}`),
    `id         ${letter.command_id}`,
    `person     ${letter.person_id ?? "(not known)"}`,
    `came in    ${letter.published_at} on ${letter.subject}, ${letter.stream} ${letter.sequence}`,
    ...(headers === null
      ? ["headers    (could not be kept)"]
      : Object.entries(headers).flatMap(([name, values]) =>
        values.map((value) => `header     ${oneLine(`${name}: ${value}`)}`)
      )),
    `payload    ${letter.payload_bytes} ${bytes}:`,
    // What came in could steer the terminal.
    letter.payload.replaceAll(/[^\P{C}\n\t]/gu, "\u{fffd}"),
  ].join("\n");
}

/** A letter with its sequence, which the stored one lacks. */
export function jsonOf({ dlqSequence, letter }: StoredLetter): unknown {
  return { dlq_sequence: dlqSequence, ...letter };
}

function rowOf({ dlqSequence, letter }: StoredLetter): string[] {
  if (letter === null) return [String(dlqSequence), "", "", "", "", "", "no letter"];
  const { dead_at, reason, person_id, command_id, subject } = letter;
  const message = oneLine(reason.message);
  return [
    String(dlqSequence),
    dead_at,
    reason.code,
    person_id ?? "-",
    command_id,
    oneLine(subject),
    message.length > LONGEST_REASON ? `${message.slice(0, LONGEST_REASON)}…` : message,
  ];
}

/** Without what could steer a terminal, or break the line. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{C}+/gu, " ");
}
