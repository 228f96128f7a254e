/**
 * Half the maximum rate for a long time: does memory grow, do latencies?
 *
 * @module
 */
import type { NatsConnection } from "@nats-io/transport-node";
import { residentKib } from "../../support/resident_memory.ts";
import { TestNatsServer } from "../../support/nats_server.ts";
import { connectTo } from "../commands/contest.ts";
import { cpuMs, median } from "../figures.ts";
import { readHeader } from "../header.ts";
import { ClosedLoop } from "../load/closed_loop.ts";
import { roundOf } from "../load/latencies.ts";
import { Load } from "../load/shapes.ts";
import { startService } from "../programs/bench_process.ts";
import type { SoakResult, SoakWindow } from "../results.ts";
import { OpenLoop } from "./open_loop.ts";

const MINUTE_MS = 60_000;
/** A shorter soak has windows shorter than a minute. */
const FEWEST_WINDOWS = 20;
/** In which the maximum is found: of a soak of 20 minutes 24 s, after as much to warm up. */
const MAXIMUM_SHARE = 1 / 50;
const IN_FLIGHT = 256;
/** Of each window. */
const MEMORY_SAMPLES = 60;
/**
 * The same persons all the time, few enough that each has its hundred remembered commands after a minute or two: from
 * then on the cache has all that it will ever hold.
 */
const SHAPE = "cached";

/** How long, and on what. */
export type SoakOptions = { minutes: number; syncAlways: boolean; jitless: boolean };

/**
 * Runs the soak.
 * @param onWindow is told what a window came to
 */
export async function soak(
  { minutes, syncAlways, jitless }: SoakOptions,
  onWindow: (what: string) => void,
): Promise<SoakResult> {
  await using server = await TestNatsServer.start({ syncAlways });
  await using service = await startService({ NATS_URL: server.url }, { jitless });
  const nc = await connectTo(server.url);
  const load = new Load(nc);
  await load.prepare(SHAPE);
  const durationMs = minutes * MINUTE_MS;
  const maxPerSecond = await findMaximum(nc, load, durationMs * MAXIMUM_SHARE);
  const wantedPerSecond = Math.floor(maxPerSecond / 2);
  onWindow(`At most ${maxPerSecond.toFixed(0)}/s, so ${wantedPerSecond}/s from now on`);
  const oneByOne = load.on("person", SHAPE, 1);
  const open = new OpenLoop(nc, (count) => oneByOne(0, count));
  const windowMs = Math.min(MINUTE_MS, durationMs / FEWEST_WINDOWS);
  const windows: SoakWindow[] = [];
  for (let leftMs = durationMs; leftMs >= windowMs / 2; leftMs -= windowMs) {
    const window = await measureWindow(open, service.pid, wantedPerSecond, windowMs);
    windows.push(window);
    onWindow(`${windows.length}: ${describeWindow(window)}`);
  }
  await open.finish();
  await nc.close();
  return {
    header: await readHeader({ rounds: 1, seconds: minutes * 60 }),
    syncAlways,
    jitless,
    maxPerSecond,
    wantedPerSecond,
    windowSeconds: windowMs / 1_000,
    windows,
  };
}

/** With the compiled code warm. */
async function findMaximum(nc: NatsConnection, load: Load, durationMs: number): Promise<number> {
  const loop = new ClosedLoop(nc);
  const commands = load.on("person", SHAPE, IN_FLIGHT);
  await loop.measure(IN_FLIGHT, durationMs, commands);
  return (await loop.measure(IN_FLIGHT, durationMs, commands)).perSecond;
}

async function measureWindow(
  open: OpenLoop,
  pid: number,
  perSecond: number,
  windowMs: number,
): Promise<SoakWindow> {
  const [cpuBeforeMs, startMs] = [cpuMs(pid), performance.now()];
  const residentMiB: number[] = [];
  // Between two collections of garbage it goes up and down.
  const sampling = setInterval(
    () => residentMiB.push(residentKib(pid) / 1024),
    windowMs / MEMORY_SAMPLES,
  );
  try {
    await open.run(perSecond, windowMs);
  } finally {
    clearInterval(sampling);
  }
  residentMiB.push(residentKib(pid) / 1024);
  const round = roundOf(await open.takeLatencies(), performance.now() - startMs);
  return {
    perSecond: round.perSecond,
    p50Ms: round.p50Ms,
    p99Ms: round.p99Ms,
    residentMiB: median(residentMiB),
    cpuUsPerCommand: (cpuMs(pid) - cpuBeforeMs) * 1_000 / round.count,
  };
}

function describeWindow({ perSecond, p50Ms, p99Ms, residentMiB }: SoakWindow): string {
  return `${perSecond.toFixed(0)}/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ` +
    `${residentMiB.toFixed(0)} MiB`;
}
