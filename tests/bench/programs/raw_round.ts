import { z } from "zod";

/** A round that is asked of the publishing process. */
export const RawRound = z.object({
  /** 0: a new one for each event. */
  persons: z.number(),
  inFlight: z.number(),
  durationMs: z.number(),
});
/** A round that is asked of the publishing process. */
export type RawRound = z.output<typeof RawRound>;

/** What it answers. */
export const RawAnswer = z.object({
  count: z.number(),
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  p999Ms: z.number(),
});
