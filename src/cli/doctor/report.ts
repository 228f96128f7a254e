/**
 * The doctor's findings as they are printed.
 *
 * @module
 */
import type { Finding, Status } from "./finding.ts";

/** Colours of a terminal, by status. */
const COLOURS: Record<Status, number> = { ok: 32, skipped: 36, warning: 33, failed: 31 };
const STATUSES: Status[] = ["ok", "warning", "failed", "skipped"];

/** What was examined, for reports to keep. */
export type Circumstances = {
  /** `host:port` */
  server: string;
  stream: string;
  /** ISO 8601. */
  at: string;
};

/** One line, for the terminal. */
export function lineOf({ status, check, found, todo }: Finding, colours: boolean): string {
  const padded = status.padEnd("skipped".length);
  const mark = colours ? `\x1b[${COLOURS[status]}m${padded}\x1b[0m` : padded;
  return `${mark}  ${check}: ${found}${todo === null ? "" : ` -> ${todo}`}`;
}

/** `12 ok, 1 warning, 0 failed, 3 skipped` */
export function summaryOf(findings: Finding[]): string {
  return STATUSES.map((status) => `${countOf(findings, status)} ${status}`).join(", ");
}

/** For programs. */
export function jsonOf(findings: Finding[], circumstances: Circumstances): string {
  const counts = STATUSES.map((status) => [status, countOf(findings, status)]);
  return JSON.stringify(
    { ...circumstances, summary: Object.fromEntries(counts), findings },
    null,
    2,
  );
}

/** A report to keep. */
export function markdownOf(findings: Finding[], { server, stream, at }: Circumstances): string {
  const rows = findings.map(({ status, check, found, todo }) =>
    `| ${[status, check, found, todo ?? ""].map(cell).join(" | ")} |`
  );
  return [
    "# person-service doctor",
    "",
    `Server ${server}, stream ${stream}, ${at}: ${summaryOf(findings)}.`,
    "",
    "| Mark | Check | Found | To do |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function countOf(findings: Finding[], status: Status): number {
  return findings.filter((finding) => finding.status === status).length;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}
