/**
 * The parts of the document that are made from results; what stands between them is written by hand.
 *
 * @module
 */
import type { Results } from "../results.ts";
import { commandPlot, loadPlot } from "./plots.ts";
import { commandTables } from "./command_tables.ts";
import { footprintTable, headerTable, loadTable, profileTable, soakTable } from "./tables.ts";
import { targetTable } from "./targets.ts";

/** Names of the parts, each between `<!-- name: made by deno task bench report -->` and `<!-- end -->`. */
export const PARTS = [
  "machine",
  "targets",
  "commands",
  "loads",
  "footprint",
  "profile",
  "soak",
] as const;
/** A part of the document. */
export type Part = typeof PARTS[number];

const NOT_MEASURED = "Not measured in this run.";

/** The text of each part. */
export function partsOf(results: Results): Record<Part, string> {
  const { header, commands, loads, footprint, profile, soak } = results;
  return {
    machine: headerTable(header),
    targets: commands === undefined ? NOT_MEASURED : targetTable(results),
    commands: commands === undefined ? NOT_MEASURED : commandTables(commands),
    loads: loads === undefined ? NOT_MEASURED : loadTable(loads),
    footprint: footprint === undefined ? NOT_MEASURED : footprintTable(footprint),
    profile: profile === undefined ? NOT_MEASURED : profileTable(profile),
    soak: soak === undefined ? NOT_MEASURED : soakTable(soak),
  };
}

/** The pictures of what was measured, by their file names beside the document. */
export function picturesOf({ commands, loads }: Results): Record<string, string> {
  return {
    ...(commands && { "benchmarks_commands.svg": commandPlot(commands) }),
    ...(loads && { "benchmarks_loads.svg": loadPlot(loads) }),
  };
}

/** The document with its parts made anew. */
export function withParts(document: string, parts: Record<Part, string>): string {
  return PARTS.reduce((text, part) => {
    const start = `<!-- ${part}: made by deno task bench report -->`;
    const from = text.indexOf(start);
    const to = text.indexOf("<!-- end -->", from);
    if (from === -1 || to === -1) throw new Error(`The document has no place for "${part}"`);
    return `${text.slice(0, from)}${start}\n\n${parts[part]}\n\n${text.slice(to)}`;
  }, document);
}

/** Several runs as one: of a part that more than one has, the later counts. */
export function mergeResults([first, ...others]: Results[]): Results {
  if (first === undefined) throw new Error("There are no results");
  return others.reduce(
    (merged, { header: _, ...parts }) => ({ ...merged, ...parts }),
    first,
  );
}
