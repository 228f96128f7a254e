import { spread, spreadOfRatios } from "../figures.ts";
import type { CommandRow, Configuration, Figures } from "../results.ts";
import { type Contest, type Contestant, type Measured, openContest } from "./contest.ts";
import type { Planned, PlannedLoad } from "./plan.ts";

/** How often, and how long. */
export type Rounds = { rounds: number; seconds: number };

const CONTESTANTS: Contestant[] = ["service", "bare", "raw"];
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
    if (busiest !== undefined) await warmUp(contest, busiest, seconds * START_ROUNDS);
    for (const load of loads) {
      onLoad(configuration, load);
      await warmUp(contest, load, seconds * CHANGE_ROUNDS);
      rows.push({
        configuration,
        ...load,
        ...await measureLoad(contest, load, { rounds, seconds }),
      });
      await onRow(rows);
    }
  }
  return rows;
}

async function warmUp(contest: Contest, load: PlannedLoad, seconds: number): Promise<void> {
  for (const who of CONTESTANTS) {
    await contest.measure(who, { ...load, durationMs: seconds * 1_000 });
  }
}

async function measureLoad(
  contest: Contest,
  load: PlannedLoad,
  { rounds, seconds }: Rounds,
): Promise<Omit<CommandRow, "configuration" | "shape" | "inFlight">> {
  const durationMs = seconds * 1_000;
  const measured: Record<Contestant, Measured[]> = { service: [], bare: [], raw: [] };
  for (let round = 0; round < rounds; round++) {
    // What is the first to run in one round is the last in another: the stream grows all the time.
    const turn = round % CONTESTANTS.length;
    for (const who of [...CONTESTANTS.slice(turn), ...CONTESTANTS.slice(0, turn)]) {
      await settleDisk();
      measured[who].push(await contest.measure(who, { ...load, durationMs }));
    }
  }
  const { service, bare, raw } = measured;
  return {
    service: figuresOf((figure) => spread(service.map(figure))),
    bare: figuresOf((figure) => spread(bare.map(figure))),
    raw: figuresOf((figure) => spread(raw.map(figure))),
    toBare: figuresOf((figure) => spreadOfRatios(service.map(figure), bare.map(figure))),
    toRaw: figuresOf((figure) => spreadOfRatios(service.map(figure), raw.map(figure))),
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
