/**
 * The document's pictures.
 *
 * @module
 */
import type { CommandRow, LoadRow } from "../results.ts";
import { type Chart, chartsToSvg, type Line } from "./line_chart.ts";

type Who = "service" | "bare" | "plain" | "batches" | "raw";
type Figure = "perSecond" | "p50Ms" | "p99Ms";

/** Commands a second and their latency against how many are in flight, of cached persons. */
export function commandPlot(rows: CommandRow[]): string {
  const shown = rows.filter(({ shape, configuration }) => {
    const { jitless, replicas, instances } = configuration;
    return shape === "cached" && !jitless && replicas === 1 && instances === 1;
  });
  return chartsToSvg(
    "Commands a second, and their latency, against commands in flight",
    [throughputChart(shown), latencyChart(shown)].map(withoutEmptyLines),
  );
}

function throughputChart(rows: CommandRow[]): Chart {
  const line = lineMaker(rows);
  return {
    title: "Commands a second",
    xLabel: "commands in flight",
    yLabel: "commands a second",
    lines: [
      line("service", 0, "perSecond", { who: "service", always: false }),
      line("service, sync always", 2, "perSecond", { who: "service", always: true }),
      line("bare loop", 0, "perSecond", { who: "bare", always: false }),
      line("bare loop, sync always", 2, "perSecond", { who: "bare", always: true }),
      line("plain loop", 1, "perSecond", { who: "plain", always: false }),
      line("bare batches", 3, "perSecond", { who: "batches", always: false }),
      line("bare batches, sync always", 4, "perSecond", { who: "batches", always: true }),
      line("raw publish", 5, "perSecond", { who: "raw", always: false }),
    ],
  };
}

function latencyChart(rows: CommandRow[]): Chart {
  const line = lineMaker(rows);
  return {
    title: "Latency",
    xLabel: "commands in flight",
    yLabel: "milliseconds",
    lines: [
      line("service, p50", 0, "p50Ms", { who: "service", always: false }),
      line("service, p99", 1, "p99Ms", { who: "service", always: false }),
      line("bare loop, p50", 0, "p50Ms", { who: "bare", always: false }),
      line("bare loop, p99", 1, "p99Ms", { who: "bare", always: false }),
      line("sync always, p50", 2, "p50Ms", { who: "service", always: true }),
      line("sync always, p99", 3, "p99Ms", { who: "service", always: true }),
    ],
  };
}

function lineMaker(rows: CommandRow[]) {
  return (
    name: string,
    color: number,
    figure: Figure,
    { who, always }: { who: Who; always: boolean },
  ): Line => ({
    name,
    color,
    dashed: who !== "service",
    points: rows.filter(({ configuration }) => configuration.syncAlways === always)
      .flatMap((row): [number, number][] => {
        const figures = row[who];
        return figures === undefined ? [] : [[row.inFlight, figures[figure].median]];
      }),
  });
}

/** Time to load a person against the length of its history. */
export function loadPlot(rows: LoadRow[]): string {
  const streams = [...new Set(rows.map(({ others }) => others))].sort((a, b) => a - b);
  const lines = streams.flatMap((others, index): Line[] => {
    const dashed = index === 0;
    const among = `among ${others.toLocaleString("en")}`;
    const points = (isShown: (row: LoadRow) => boolean) =>
      rows.filter((row) => row.others === others && isShown(row))
        .map(({ events, loadMs }): [number, number] => [events, loadMs.median]);
    return [
      {
        name: `no snapshot, ${among}`,
        color: 1,
        dashed,
        points: points((row) => row.tail === null),
      },
      {
        name: `snapshot, ${among}`,
        color: 0,
        dashed,
        points: points(({ tail }) => tail !== null && tail <= 10),
      },
    ];
  });
  const chart: Chart = {
    title: "Loading a person that is not in the cache",
    xLabel: "events of the person",
    yLabel: "milliseconds",
    lines,
  };
  return chartsToSvg("Time to load a person against the length of its history", [chart]);
}

function withoutEmptyLines(chart: Chart): Chart {
  return { ...chart, lines: chart.lines.filter(({ points }) => points.length > 0) };
}
