/**
 * What it should reach, and whether it does.
 *
 * @module
 */
import type { CommandRow, LoadRow, Results } from "../results.ts";
import { markdownTable, numbers, words } from "./markdown_table.ts";
import { readable } from "./numbers.ts";

/** One demand; nothing was measured of it where `measured` is missing. */
export type Target = {
  what: string;
  wanted: { atLeast: number } | { atMost: number };
  measured: number | undefined;
  /** The same to a loop that uses the client's own publish. */
  toPlain?: number | undefined;
  /** The same of batches without any deciding. */
  bareBatches?: number | undefined;
};

type Pick = (row: CommandRow) => number | undefined;

const rate: Pick = ({ toBare }) => toBare.perSecond.median;
const plainRate: Pick = ({ toPlain }) => toPlain?.perSecond.median;
const batchRate: Pick = ({ batchesToBare }) => batchesToBare?.perSecond.median;
const p99: Pick = ({ toBare }) => toBare.p99Ms.median;
const p50: Pick = ({ toBare }) => toBare.p50Ms.median;

/** The demands, with the medians of a run. */
export function targetsOf({ commands = [], loads = [] }: Results): Target[] {
  const on = (load: string, pick: Pick): number | undefined => {
    const row = commands.find((each) => describeLoad(each) === load);
    return row && pick(row);
  };
  const least = (what: string, atLeast: number, load: string): Target => ({
    what: `${what}, commands/s to the bare loop`,
    wanted: { atLeast },
    measured: on(load, rate),
    toPlain: on(load, plainRate),
    bareBatches: on(load, batchRate),
  });
  const slowest = (what: string, load: string): Target => ({
    what: `${what}, p99 to the bare loop`,
    wanted: { atMost: 1.5 },
    measured: on(load, p99),
  });
  return [
    least("256 in flight", 1.3, "cached 256"),
    least("256 in flight without JIT", 1, "cached 256 jitless"),
    least("64 in flight", 1, "cached 64"),
    least("64 in flight without JIT", 0.8, "cached 64 jitless"),
    least("256 in flight, every write synced", 3, "cached 256 always"),
    least("64 in flight, every write synced", 2, "cached 64 always"),
    least("New persons, 256 in flight", 1, "create 256"),
    least("One hot person, 64 waiting", 5, "hot 64"),
    slowest("256 in flight", "cached 256"),
    slowest("64 in flight", "cached 64"),
    slowest("256 in flight, every write synced", "cached 256 always"),
    slowest("64 in flight, every write synced", "cached 64 always"),
    {
      what: "1 in flight, p50 to the bare loop",
      wanted: { atMost: 1.3 },
      measured: on("cached 1", p50),
    },
    ...loadTargets(loads),
  ];
}

/** Whether it is reached; undefined where nothing was measured of it. */
export function isReached({ wanted, measured }: Target): boolean | undefined {
  if (measured === undefined) return undefined;
  return "atLeast" in wanted ? measured >= wanted.atLeast : measured <= wanted.atMost;
}

/** Those of which something was measured. */
export function measuredTargets(results: Results): Target[] {
  return targetsOf(results).filter(({ measured }) => measured !== undefined);
}

/** A table of them. */
export function targetTable(results: Results): string {
  const columns = [
    words("What"),
    numbers("Wanted"),
    numbers("Measured"),
    words("Reached"),
    numbers("To the plain loop"),
    numbers("Bare batches"),
  ];
  const rows = measuredTargets(results).map((target) => {
    const { what, wanted, measured = NaN, toPlain, bareBatches } = target;
    const limit = "atLeast" in wanted ? `>= ${wanted.atLeast}` : `<= ${wanted.atMost}`;
    return [
      what,
      limit,
      readable(measured),
      isReached(target) ? "yes" : "no",
      ...[toPlain, bareBatches].map((ratio) => ratio === undefined ? "" : readable(ratio)),
    ];
  });
  return markdownTable(columns, rows);
}

function loadTargets(loads: LoadRow[]): Target[] {
  const most = Math.max(...loads.map(({ others }) => others));
  const amongMost = loads.filter(({ others, tail }) => others === most && tail === 10);
  const short = amongMost.find(({ events }) => events === 100);
  const long = amongMost.find(({ events }) => events === 10_000);
  const among = `among ${most.toLocaleString("en")} others`;
  return [
    {
      what: `Load with 10 events behind the snapshot ${among}, to the smallest stream`,
      wanted: { atMost: 1.5 },
      measured: short?.toSmallest.median,
    },
    {
      what: `The same, in ms`,
      wanted: { atMost: 5 },
      measured: short?.loadMs.median,
    },
    {
      what: `Load of 10,000 events with a snapshot ${among}, in ms`,
      wanted: { atMost: 10 },
      measured: long?.loadMs.median,
    },
  ];
}

/** Of one instance and one replica. */
function describeLoad({ shape, inFlight, configuration }: CommandRow): string {
  const { syncAlways, jitless, replicas, instances } = configuration;
  return [
    `${shape} ${inFlight}`,
    jitless ? " jitless" : "",
    syncAlways ? " always" : "",
    replicas > 1 || instances > 1 ? ` on ${replicas} replicas by ${instances}` : "",
  ].join("");
}
