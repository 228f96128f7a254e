import { spread, spreadOfRatios } from "../figures.ts";
import type { CommandRow, Configuration, Figures } from "../results.ts";
import {
  type Contest,
  type Contestant,
  contestantsOf,
  type Measured,
  openContest,
  type RoundOptions,
} from "./contest.ts";
import type { Planned, PlannedLoad } from "./plan.ts";

/** How often, and how long. */
export type Rounds = { rounds: number; seconds: number };

/** Rounds before anything is measured: for the compiler of the engine, in processes that have just started. */
const START_ROUNDS = 2;
/** Of a round, before each load: for the pace at which appends share batches. */
const CHANGE_ROUNDS = 1 / 3;

/**
 * Measures every load of a plan.
 * @param onLoad is told of each before it is measured
 * @param onRow takes what is measured so far
 */
export async function measureCommands(
  plan: Planned[],
  { rounds, seconds }: Rounds,
  onLoad: (configuration: Configuration, load: PlannedLoad) => void,
  onRow: (rows: CommandRow[]) => Promise<void>,
): Promise<CommandRow[]> {
  const rows: CommandRow[] = [];
  for (const { configuration, loads } of plan) {
    await using contest = await openContest(configuration);
    const busiest = loads.toSorted((a, b) => b.inFlight - a.inFlight).at(0);
    const contestants = contestantsOf(configuration);
    if (busiest !== undefined) {
      await warmUp(contest, contestants, {
        ...busiest,
        durationMs: seconds * START_ROUNDS * 1_000,
      });
    }
    for (const load of loads) {
      onLoad(configuration, load);
      const options = { ...load, durationMs: seconds * 1_000 };
      await warmUp(contest, contestants, { ...load, durationMs: seconds * CHANGE_ROUNDS * 1_000 });
      const measured = await measureLoad(contest, contestants, options, rounds);
      rows.push({ configuration, ...load, ...measured });
      await onRow(rows);
    }
  }
  return rows;
}

async function warmUp(
  contest: Contest,
  contestants: Contestant[],
  options: RoundOptions,
): Promise<void> {
  for (const who of contestants) await contest.measure(who, options);
}

async function measureLoad(
  contest: Contest,
  contestants: Contestant[],
  options: RoundOptions,
  rounds: number,
): Promise<Omit<CommandRow, "configuration" | "shape" | "inFlight">> {
  const measured: Record<Contestant, Measured[]> = {
    service: [],
    bare: [],
    plain: [],
    batches: [],
    raw: [],
  };
  for (let round = 0; round < rounds; round++) {
    // What is the first to run in one round is the last in another: the stream grows all the time.
    const turn = round % contestants.length;
    for (const who of [...contestants.slice(turn), ...contestants.slice(0, turn)]) {
      await settleDisk();
      measured[who].push(await contest.measure(who, options));
    }
  }
  const figures = (of: Measured[]) => figuresOf((figure) => spread(of.map(figure)));
  const ratios = (of: Measured[], to: Measured[]) =>
    figuresOf((figure) => spreadOfRatios(of.map(figure), to.map(figure)));
  const { service, bare, plain, batches, raw } = measured;
  return {
    service: figures(service),
    bare: figures(bare),
    raw: figures(raw),
    toBare: ratios(service, bare),
    toRaw: ratios(service, raw),
    ...(plain.length === 0 ? {} : { plain: figures(plain), toPlain: ratios(service, plain) }),
    ...(batches.length === 0
      ? {}
      : { batches: figures(batches), batchesToBare: ratios(batches, bare) }),
  };
}

/** Else the first sync of a round also writes what the round before left in memory. */
async function settleDisk(): Promise<void> {
  await new Deno.Command("sync").output();
}

function figuresOf(
  spreadBy: (figure: (round: Measured) => number) => Figures["perSecond"],
): Figures {
  return {
    perSecond: spreadBy(({ perSecond }) => perSecond),
    p50Ms: spreadBy(({ p50Ms }) => p50Ms),
    p99Ms: spreadBy(({ p99Ms }) => p99Ms),
    p999Ms: spreadBy(({ p999Ms }) => p999Ms),
    cpuUsPerCommand: spreadBy(({ cpuUsPerCommand }) => cpuUsPerCommand),
  };
}
