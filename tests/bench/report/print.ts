// deno-lint-ignore-file no-console -- prints results
import type { Results } from "../results.ts";
import { commandTables } from "./command_tables.ts";
import {
  deploymentTable,
  footprintTable,
  headerTable,
  loadTable,
  profileTable,
  soakTable,
} from "./tables.ts";
import { measuredTargets, targetTable } from "./targets.ts";

/** Prints everything that was found. */
export function printResults(results: Results): void {
  const { header, commands, loads, footprint, profile, soak, deployment } = results;
  console.log(headerTable(header, deployment !== undefined));
  const print = (title: string, table: string) => console.log(`\n# ${title}\n\n${table}`);
  if (commands !== undefined) print("Commands", commandTables(commands));
  if (loads !== undefined) print("Loading a person that is not in the cache", loadTable(loads));
  if (footprint !== undefined) print("Start, memory, processor time", footprintTable(footprint));
  if (profile !== undefined) print("Where the time of a command goes", profileTable(profile));
  if (soak !== undefined) print("Soak", soakTable(soak));
  if (deployment !== undefined) print("Commands to the deployment", deploymentTable(deployment));
  if (measuredTargets(results).length > 0) print("Targets", targetTable(results));
}
