/**
 * Figures of benchmarks: rates and latencies of one round, and what several rounds come to.
 *
 * @module
 */

/** One round of requests. */
export type Round = { perSecond: number; p50Ms: number; p99Ms: number; p999Ms: number };

/** A figure of several rounds. */
export type Spread = { median: number; min: number; max: number };

/** Keeps `inFlight` requests under way for `durationMs` and measures them. */
export async function measureRound(
  inFlight: number,
  durationMs: number,
  request: (worker: number, count: number) => Promise<void>,
): Promise<Round & { count: number }> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  await Promise.all(Array.from({ length: inFlight }, async (_, worker) => {
    for (let count = 0; performance.now() < endMs; count++) {
      const sentMs = performance.now();
      await request(worker, count);
      latenciesMs.push(performance.now() - sentMs);
    }
  }));
  const elapsedMs = performance.now() - startMs;
  latenciesMs.sort((a, b) => a - b);
  return {
    count: latenciesMs.length,
    perSecond: latenciesMs.length / elapsedMs * 1000,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    p999Ms: quantile(latenciesMs, 0.999),
  };
}

/** The middle of several figures. */
export function median(figures: number[]): number {
  return quantile(figures.toSorted((a, b) => a - b), 0.5);
}

/** The middle of several figures, with the least and the most. */
export function spread(figures: number[]): Spread {
  return { median: median(figures), min: Math.min(...figures), max: Math.max(...figures) };
}

/** Processor time that a process took so far, in milliseconds. Linux counts it in hundredths of a second. */
export function cpuMs(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const [utime = "", stime = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return (Number(utime) + Number(stime)) * 10;
}

/** Memory that a process has in use. */
export function residentMiB(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Math.round(Number(status.match(/VmRSS:\s+(\d+)/)?.[1]) / 1024);
}

function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
