import { quantile } from "../figures.ts";

/** Rate and latencies of one round of requests. */
export type Round = {
  count: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
};

/** What the latencies of a round come to. */
export function roundOf(latenciesMs: number[], elapsedMs: number): Round {
  const sorted = Float64Array.from(latenciesMs).sort();
  return {
    count: sorted.length,
    perSecond: sorted.length / elapsedMs * 1_000,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    p999Ms: quantile(sorted, 0.999),
  };
}
