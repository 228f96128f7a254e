/**
 * What a run found, as it is kept and read again.
 *
 * @module
 */
import { z } from "zod";
import { Spread } from "./figures.ts";
import { Header } from "./header.ts";
import { SHAPES } from "./load/shapes.ts";

/** What the service and its server run as. */
export const Configuration = z.object({
  replicas: z.union([z.literal(1), z.literal(3)]),
  instances: z.number(),
  syncAlways: z.boolean(),
  jitless: z.boolean(),
});
/** What the service and its server run as. */
export type Configuration = z.output<typeof Configuration>;

const Figures = z.object({
  perSecond: Spread,
  p50Ms: Spread,
  p99Ms: Spread,
  p999Ms: Spread,
  cpuUsPerCommand: Spread,
});
/** Of several rounds of one load. */
export type Figures = z.output<typeof Figures>;

/** One load: the service and what it is compared with, in turns, and what each is to the others. */
export const CommandRow = z.object({
  configuration: Configuration,
  shape: z.enum(SHAPES),
  inFlight: z.number(),
  service: Figures,
  bare: Figures,
  plain: Figures.optional(),
  batches: Figures.optional(),
  raw: Figures,
  toBare: Figures,
  toPlain: Figures.optional(),
  toRaw: Figures,
  /** What batches without any deciding are to the bare loop. */
  batchesToBare: Figures.optional(),
});
/** One load: the service and what it is compared with, in turns, and what each is to the others. */
export type CommandRow = z.output<typeof CommandRow>;

/** Loading one person that is not in the cache. */
export const LoadRow = z.object({
  /** Of the person. */
  events: z.number(),
  /** Events behind the snapshot; null: there is none. */
  tail: z.number().nullable(),
  /** Events of others in the stream. */
  others: z.number(),
  loadMs: Spread,
  /** One read of one message at the leader, the baseline. */
  readMs: Spread,
  toRead: Spread,
  /** To the same person in the smallest of the streams. */
  toSmallest: Spread,
});
/** Loading one person that is not in the cache. */
export type LoadRow = z.output<typeof LoadRow>;

const Compared = z.object({ service: Spread, bare: Spread, ratio: Spread });
/** The service, the bare loop, and the one to the other. */
export type Compared = z.output<typeof Compared>;

/** What a process takes. */
export const FootprintRow = z.object({
  jitless: z.boolean(),
  readyMs: Compared,
  idleMiB: Compared,
  underLoadMiB: Compared,
  cpuUsPerCommand: Compared,
});
/** What a process takes. */
export type FootprintRow = z.output<typeof FootprintRow>;

/** A function of the profile; times are of the processor, for each command. */
export const ProfiledFunction = z.object({
  name: z.string(),
  place: z.string(),
  selfUs: z.number(),
  totalUs: z.number(),
  selfShare: z.number(),
});
/** A function of the profile; times are of the processor, for each command. */
export type ProfiledFunction = z.output<typeof ProfiledFunction>;

/** Where the time of a command goes. */
export const ProfileResult = z.object({
  inFlight: z.number(),
  syncAlways: z.boolean(),
  jitless: z.boolean(),
  perSecond: z.number(),
  functions: z.array(ProfiledFunction),
  /** What is no function of a program: the garbage collector, the engine and system calls. */
  others: z.array(ProfiledFunction),
});
/** Where the time of a command goes. */
export type ProfileResult = z.output<typeof ProfileResult>;

/** A stretch of the soak. */
export const SoakWindow = z.object({
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  residentMiB: z.number(),
  cpuUsPerCommand: z.number(),
});
/** A stretch of the soak. */
export type SoakWindow = z.output<typeof SoakWindow>;

/** Half the maximum rate, for a long time. */
export const SoakResult = z.object({
  header: Header,
  syncAlways: z.boolean(),
  jitless: z.boolean(),
  maxPerSecond: z.number(),
  wantedPerSecond: z.number(),
  windowSeconds: z.number(),
  windows: z.array(SoakWindow),
});
/** Half the maximum rate, for a long time. */
export type SoakResult = z.output<typeof SoakResult>;

const Latencies = z.object({ perSecond: Spread, p50Ms: Spread, p99Ms: Spread, p999Ms: Spread });
/** Of several rounds against a deployment, of whose processes nothing is known. */
export type Latencies = z.output<typeof Latencies>;

/** Commands to a deployment next to round trips to its server. */
export const DeploymentRow = z.object({
  inFlight: z.number(),
  service: Latencies,
  roundTrip: Latencies,
  toRoundTrip: Latencies,
});
/** Commands to a deployment next to round trips to its server. */
export type DeploymentRow = z.output<typeof DeploymentRow>;

/** Everything that a run found; a part that was not asked for is missing. */
export const Results = z.object({
  header: Header,
  commands: z.array(CommandRow).optional(),
  loads: z.array(LoadRow).optional(),
  footprint: z.array(FootprintRow).optional(),
  profile: ProfileResult.optional(),
  soak: SoakResult.optional(),
  deployment: z.array(DeploymentRow).optional(),
});
/** Everything that a run found; a part that was not asked for is missing. */
export type Results = z.output<typeof Results>;

/** As it is kept: three figures that belong together in one line. */
export function writeResults(results: Results): string {
  const json = JSON.stringify(results, null, 2);
  return `${json.replaceAll(SPREAD, '{ "median": $1, "min": $2, "max": $3 }')}\n`;
}

const SPREAD = /\{\s+"median": (\S+),\s+"min": (\S+),\s+"max": (\S+)\s+\}/g;
