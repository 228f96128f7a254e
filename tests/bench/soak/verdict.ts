import type { SoakResult } from "../results.ts";

/** By then the cache is full, the code compiled, the pace found. */
export const SETTLED_WINDOW = 5;

/** How far the last window may be from the settled one, as a ratio. */
const LIMITS = { residentMiB: 1.1, p50Ms: 1.1, p99Ms: 1.5 } as const;

/** What may not grow. */
export type Watched = keyof typeof LIMITS;

/** The last window as a ratio to the settled one. */
export type Verdict = { figure: Watched; ratio: number; limit: number; holds: boolean }[];

/** Compares the last window with the fifth. */
export function verdictOn({ windows }: SoakResult): Verdict {
  const settled = windows[SETTLED_WINDOW - 1];
  const last = windows.at(-1);
  if (settled === undefined || last === undefined) throw new Error("The soak was too short");
  return (["residentMiB", "p50Ms", "p99Ms"] as const).map((figure) => {
    const ratio = last[figure] / settled[figure];
    return { figure, ratio, limit: LIMITS[figure], holds: ratio <= LIMITS[figure] };
  });
}
