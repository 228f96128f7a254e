import type { Summary } from "./summary.ts";

/** The summary for a document: the command that repeats the run, and a table of its figures. */
export function markdownSummary(summary: Summary): string {
  const { batched, faults } = summary;
  const injected = Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1));
  const sum = injected.reduce((total, [, count]) => total + count, 0);
  const rows: [string, number][] = [
    ["seconds of load and faults", summary.seconds],
    ["commands", summary.commands],
    ["a second, faults included", summary.commandsPerSecond],
    ["durable ones among them", summary.durable],
    ["acknowledged", summary.acknowledged],
    ["refused", summary.refused],
    ["given up as not stored", summary.notStored],
    ["unknown at first", summary.unknown],
    ["sent again for that, times", summary.retries],
    ["events stored", summary.events],
    ["of these in batches of several commands", batched.events],
    ["events in the largest such batch", batched.largest],
    ...(summary.lostEvents > 0 ? [lostRow(summary.lostEvents)] : []),
    ["persons", summary.persons],
    ["faults", sum],
    ...injected.map(([name, count]): [string, number] => [`_${name}_`, count]),
    ["**violations**", summary.violations.length],
  ];
  return [
    "```sh tried=tests/torture/main.ts",
    summary.command,
    "```",
    "",
    ...table(rows.map(([name, figure]) => [name, figure.toLocaleString("en-US")])),
  ].join("\n");
}

function lostRow(lostEvents: number): [string, number] {
  return ["events lost by the restore, as expected", lostEvents];
}

/** As `deno fmt` aligns it. */
function table(rows: [string, string][]): string[] {
  const all: [string, string][] = [["What", "Figure"], ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[], fill: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |`;
  const [head, ...body] = all.map((row) => line(row, " "));
  return [head ?? "", line(["", ""], "-"), ...body];
}
