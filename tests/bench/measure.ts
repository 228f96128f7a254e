/**
 * Figures of benchmarks: rates and latencies of one round, and what several rounds come to.
 *
 * @module
 */

/** One round of requests. */
export type Round = { perSecond: number; p50Ms: number; p99Ms: number };

/** Keeps `inFlight` requests under way for `durationMs` and measures them. */
export async function measureRound(
  inFlight: number,
  durationMs: number,
  request: (worker: number, count: number) => Promise<void>,
): Promise<Round> {
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
    perSecond: latenciesMs.length / elapsedMs * 1000,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  };
}

/** The middle of several figures. */
export function median(figures: number[]): number {
  return quantile(figures.toSorted((a, b) => a - b), 0.5);
}

function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
