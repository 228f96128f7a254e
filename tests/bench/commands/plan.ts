/**
 * What the suite measures of commands: not every combination, but each of the things that matter against the rest as it
 * is by default.
 *
 * @module
 */
import type { Shape } from "../load/shapes.ts";
import type { Configuration } from "../results.ts";

/** Commands under way at once. */
export const IN_FLIGHT = [1, 64, 256, 1_000] as const;

/** One load. */
export type PlannedLoad = { shape: Shape; inFlight: number };

/** A configuration, and the loads that it is put under. */
export type Planned = { configuration: Configuration; loads: PlannedLoad[] };

const BASE: Configuration = { replicas: 1, instances: 1, syncAlways: false, jitless: false };

/** The suite's own list. */
export const PLAN: Planned[] = [
  {
    configuration: BASE,
    loads: [...each("cached"), ...each("create"), ...each("hot"), ...each("zipf")],
  },
  { configuration: { ...BASE, syncAlways: true }, loads: [...each("cached"), ...oneOfEach()] },
  { configuration: { ...BASE, jitless: true }, loads: [...each("cached"), ...oneOfEach()] },
  {
    configuration: { ...BASE, jitless: true, syncAlways: true },
    loads: each("cached", [64, 256]),
  },
  { configuration: { ...BASE, replicas: 3 }, loads: each("cached") },
  { configuration: { ...BASE, replicas: 3, syncAlways: true }, loads: each("cached") },
  {
    configuration: { ...BASE, instances: 2 },
    loads: [...each("cached"), ...each("create", [256])],
  },
];

/** One configuration under every combination of these. */
export function planOf(
  configuration: Partial<Configuration>,
  shapes: readonly Shape[],
  inFlight: readonly number[],
): Planned[] {
  const loads = shapes.flatMap((shape) => each(shape, inFlight));
  return [{ configuration: { ...BASE, ...configuration }, loads }];
}

function each(shape: Shape, inFlight: readonly number[] = IN_FLIGHT): PlannedLoad[] {
  return inFlight.map((each) => ({ shape, inFlight: each }));
}

function oneOfEach(): PlannedLoad[] {
  return [...each("create", [256]), ...each("hot", [64]), ...each("zipf", [256])];
}
