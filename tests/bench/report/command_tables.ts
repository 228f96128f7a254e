/**
 * Tables of command throughput and latency.
 *
 * @module
 */
import type { CommandRow, Configuration } from "../results.ts";
import { type Column, markdownTable, numbers, words } from "./markdown_table.ts";
import { withRange } from "./numbers.ts";

/** One table for each configuration. */
export function commandTables(rows: CommandRow[]): string {
  const groups = Map.groupBy(rows, ({ configuration }) => describeConfiguration(configuration));
  return [...groups].map(([configuration, loads]) => `${configuration}:\n\n${commandTable(loads)}`)
    .join("\n\n");
}

/** In words. */
export function describeConfiguration(
  { replicas, instances, syncAlways, jitless }: Configuration,
): string {
  return [
    replicas === 1 ? "1 replica" : `${replicas} replicas`,
    describeEngine({ syncAlways, jitless }),
    instances === 1 ? "1 instance" : `${instances} instances`,
  ].join(", ");
}

/** In words. */
export function describeEngine(
  { syncAlways, jitless }: { syncAlways: boolean; jitless: boolean },
): string {
  const sync = syncAlways ? "`sync_interval: always`" : "default sync";
  return `${sync}, ${jitless ? "without JIT" : "with JIT"}`;
}

function commandTable(rows: CommandRow[]): string {
  const columns: Column[] = [
    words("Load"),
    ...[
      "In flight",
      "Commands/s",
      "to bare loop",
      "to plain loop",
      "bare batches to bare loop",
      "to raw publish",
      "p50 ms",
      "to bare loop",
      "p99 ms",
      "to bare loop",
      "p99.9 ms",
      "to bare loop",
      "CPU µs",
      "to bare loop",
    ].map(numbers),
  ];
  return markdownTable(
    columns,
    rows.map(({ shape, inFlight, service, toBare, toPlain, batchesToBare, toRaw }) => [
      shape,
      inFlight.toLocaleString("en"),
      withRange(service.perSecond),
      withRange(toBare.perSecond),
      toPlain === undefined ? "" : withRange(toPlain.perSecond),
      batchesToBare === undefined ? "" : withRange(batchesToBare.perSecond),
      withRange(toRaw.perSecond),
      withRange(service.p50Ms),
      withRange(toBare.p50Ms),
      withRange(service.p99Ms),
      withRange(toBare.p99Ms),
      withRange(service.p999Ms),
      withRange(toBare.p999Ms),
      withRange(service.cpuUsPerCommand),
      withRange(toBare.cpuUsPerCommand),
    ]),
  );
}
