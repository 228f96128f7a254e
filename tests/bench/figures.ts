/**
 * What several rounds come to, and what a process takes.
 *
 * @module
 */
import { z } from "zod";

/** A figure of several rounds. */
export const Spread = z.object({ median: z.number(), min: z.number(), max: z.number() });
/** A figure of several rounds. */
export type Spread = z.output<typeof Spread>;

/** The middle of several figures; of an even number of them, between the two in the middle. */
export function median(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const [low = NaN, high = NaN] = [(sorted.length - 1) / 2, sorted.length / 2]
    .map((index) => sorted[Math.floor(index)]);
  return (low + high) / 2;
}

/** The middle of several figures, with the least and the most. */
export function spread(figures: number[]): Spread {
  return {
    median: rounded(median(figures)),
    min: rounded(Math.min(...figures)),
    max: rounded(Math.max(...figures)),
  };
}

/** What each round's figure is to that of the same round of a baseline. */
export function spreadOfRatios(figures: number[], baselines: number[]): Spread {
  return spread(figures.map((figure, round) => figure / (baselines[round] ?? NaN)));
}

/** The figure below which this share of all lies. `sorted` rises. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Processor time that a process took so far, in milliseconds. Linux counts it in hundredths of a second. */
export function cpuMs(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const [utime = "", stime = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return (Number(utime) + Number(stime)) * 10;
}

/** All of several figures. */
export function sum(figures: number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

/** Further digits are chance. */
function rounded(figure: number): number {
  return Number(figure.toPrecision(4));
}
