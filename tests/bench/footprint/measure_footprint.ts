/**
 * From start to ready, memory, and the processor time of a command: the service next to the bare loop.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { residentKib } from "../../support/resident_memory.ts";
import { TestNatsServer } from "../../support/nats_server.ts";
import { connectTo } from "../commands/contest.ts";
import type { Rounds } from "../commands/measure_commands.ts";
import { cpuMs, spread, spreadOfRatios } from "../figures.ts";
import { addStream } from "../load/add_stream.ts";
import { ClosedLoop } from "../load/closed_loop.ts";
import { Load } from "../load/shapes.ts";
import { type BenchProcess, startProgram, startService } from "../programs/bench_process.ts";
import type { Compared, FootprintRow } from "../results.ts";

const IN_FLIGHT = 256;
/** After it was ready: what only the start needed is given back by then. */
const IDLE_MS = 500;
/** Rounds of load are as long as that many of other measurements, and so is warming up: memory takes a while to grow. */
const LOAD_ROUNDS = 2;
/** More starts than that tell nothing new. */
const MOST_ROUNDS = 3;

type Footprint = {
  readyMs: number;
  idleMiB: number;
  underLoadMiB: number;
  cpuUsPerCommand: number;
};

/**
 * Starts both anew in each round, with and without the compiler.
 * @param onStep is told what is done next
 */
export async function measureFootprint(
  { rounds, seconds }: Rounds,
  onStep: (what: string) => void,
): Promise<FootprintRow[]> {
  await using server = await TestNatsServer.start();
  const nc = await connectTo(server.url);
  await addStream(nc, "BARE", "bare", 1);
  const rows: FootprintRow[] = [];
  for (const jitless of [false, true]) {
    const load = new Load(nc);
    const loop = new ClosedLoop(nc);
    const underLoad = async (prefix: "person" | "bare") => {
      await load.prepare("zipf");
      const durationMs = seconds * 1_000 * LOAD_ROUNDS;
      return await loop.measure(IN_FLIGHT, durationMs, load.on(prefix, "zipf", IN_FLIGHT));
    };
    const service: Footprint[] = [];
    const bare: Footprint[] = [];
    for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
      onStep(`start and memory ${jitless ? "without JIT" : "with JIT"}, round ${round + 1}`);
      const settings = { NATS_URL: server.url };
      service.push(await measure(startService(settings, { jitless }), () => underLoad("person")));
      bare.push(
        await measure(
          startProgram("bare_loop", server.url, { jitless }),
          () => underLoad("bare"),
        ),
      );
    }
    rows.push({ jitless, ...comparisonOf(service, bare) });
  }
  await nc.close();
  return rows;
}

async function measure(
  starting: Promise<BenchProcess>,
  underLoad: () => Promise<{ count: number }>,
): Promise<Footprint> {
  await using process = await starting;
  await delay(IDLE_MS);
  const idleMiB = residentMiB(process.pid);
  await underLoad();
  const cpuBeforeMs = cpuMs(process.pid);
  const { count } = await underLoad();
  const usedMs = cpuMs(process.pid) - cpuBeforeMs;
  return {
    readyMs: process.readyMs,
    idleMiB,
    underLoadMiB: residentMiB(process.pid),
    cpuUsPerCommand: usedMs * 1_000 / count,
  };
}

function comparisonOf(
  service: Footprint[],
  bare: Footprint[],
): Record<keyof Footprint, Compared> {
  const compare = (figure: (footprint: Footprint) => number): Compared => ({
    service: spread(service.map(figure)),
    bare: spread(bare.map(figure)),
    ratio: spreadOfRatios(service.map(figure), bare.map(figure)),
  });
  return {
    readyMs: compare(({ readyMs }) => readyMs),
    idleMiB: compare(({ idleMiB }) => idleMiB),
    underLoadMiB: compare(({ underLoadMiB }) => underLoadMiB),
    cpuUsPerCommand: compare(({ cpuUsPerCommand }) => cpuUsPerCommand),
  };
}

function residentMiB(pid: number): number {
  return residentKib(pid) / 1024;
}
