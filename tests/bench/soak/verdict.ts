import { median } from "../figures.ts";
import type { SoakResult } from "../results.ts";

/** By then the cache is full, the code compiled, the pace found. */
export const SETTLED_WINDOW = 5;

/** Single windows differ by more than what may change: the median of so many counts. */
const WINDOWS = 5;

/** How far the last windows may be from the settled ones, as a ratio. */
const LIMITS = { residentMiB: 1.1, p50Ms: 1.1, p99Ms: 1.5 } as const;

/** What may not grow. */
export type Watched = keyof typeof LIMITS;

/** The last windows as a ratio to the settled ones. */
export type Verdict = { figure: Watched; ratio: number; limit: number; holds: boolean }[];

/** Compares the last five windows with the five around the fifth. */
export function verdictOn({ windows }: SoakResult): Verdict {
  if (windows.length < SETTLED_WINDOW) throw new Error("The soak was too short");
  const first = SETTLED_WINDOW - Math.ceil(WINDOWS / 2);
  const settled = windows.slice(first, first + WINDOWS);
  const last = windows.slice(-WINDOWS);
  return (["residentMiB", "p50Ms", "p99Ms"] as const).map((figure) => {
    const of = (some: typeof windows) => median(some.map((window) => window[figure]));
    const ratio = of(last) / of(settled);
    return { figure, ratio, limit: LIMITS[figure], holds: ratio <= LIMITS[figure] };
  });
}
