import { parseArgs } from "node:util";
import { checkArguments, UsageError } from "../../src/cli/arguments.ts";
import { IN_FLIGHT, PLAN, type Planned, planOf } from "./commands/plan.ts";
import type { Rounds } from "./commands/measure_commands.ts";
import { type Shape, SHAPES } from "./load/shapes.ts";

/** Parts of the suite. */
export const SECTIONS = ["commands", "loads", "start", "profile"] as const;
/** A part of the suite. */
export type Section = typeof SECTIONS[number];

/** What the command line asks for. */
export type Arguments =
  | { action: "help" }
  | SuiteArguments
  | DeploymentArguments
  | { action: "soak"; minutes: number; syncAlways: boolean; jitless: boolean; json?: string }
  | { action: "report"; files: string[] };

/** Measures what it starts itself. */
export type SuiteArguments = Rounds & {
  action: "suite";
  sections: Section[];
  plan: Planned[];
  /** Events of others in the streams that persons are loaded from. */
  others: number[];
  profile: { inFlight: number; syncAlways: boolean; jitless: boolean };
  json?: string;
  cpuProfile?: string;
};

/** Measures a service that runs elsewhere. */
export type DeploymentArguments = Rounds & {
  action: "deployment";
  url: string;
  prefix?: string;
  inFlight: number[];
  inboxPrefix?: string;
  envFile?: string;
  yes: boolean;
  json?: string;
};

const QUICK = { rounds: 2, seconds: 0.2, others: [10_000, 100_000] };
const FULL = { rounds: 5, seconds: 1.25, others: [10_000, 1_000_000] };
const PROFILED_IN_FLIGHT = 256;

const OPTIONS = {
  "help": { type: "boolean", short: "h" },
  "only": { type: "string" },
  "quick": { type: "boolean" },
  "rounds": { type: "string" },
  "seconds": { type: "string" },
  "json": { type: "string" },
  "shape": { type: "string" },
  "in-flight": { type: "string" },
  "replicas": { type: "string" },
  "instances": { type: "string" },
  "sync-always": { type: "boolean" },
  "jitless": { type: "boolean" },
  "profile": { type: "boolean" },
  "cpuprofile": { type: "string" },
  "url": { type: "string" },
  "prefix": { type: "string" },
  "inbox-prefix": { type: "string" },
  "env-file": { type: "string" },
  "yes": { type: "boolean" },
  "minutes": { type: "string" },
} as const;

type Values = ReturnType<typeof parse>["values"];

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function readArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  const [action, ...files] = positionals;
  if (values.help) return { action: "help" };
  switch (action) {
    case undefined:
      return values.url === undefined ? readSuite(values) : readDeployment(values, values.url);
    case "soak":
      if (files[0] !== undefined) throw new UsageError(`Unexpected argument "${files[0]}"`);
      return {
        action,
        minutes: number("minutes", values.minutes, 20, 0.01, 10_000),
        ...engineOf(values),
        ...(values.json !== undefined && { json: values.json }),
      };
    case "report":
      if (files.length === 0) throw new UsageError("Name the files that runs kept with --json");
      return { action, files };
    default:
      throw new UsageError(`Unknown action "${action}"; see --help`);
  }
}

function parse(args: string[]) {
  checkArguments(args, OPTIONS, Infinity);
  return parseArgs({ args, options: OPTIONS, allowPositionals: true });
}

function readSuite(values: Values): SuiteArguments {
  const { others, ...rounds } = values.quick ? QUICK : FULL;
  const engine = engineOf(values);
  const sections = values.profile ? ["profile" as const] : listOf("only", values.only, SECTIONS);
  const inFlight = values["in-flight"]?.split(",")
    .map((each) => number("in-flight", each, 1, 1, 10_000)) ?? [];
  return {
    action: "suite",
    sections,
    ...roundsOf(values, rounds),
    plan: planFrom(values, inFlight),
    others,
    profile: { inFlight: inFlight[0] ?? PROFILED_IN_FLIGHT, ...engine },
    ...(values.json !== undefined && { json: values.json }),
    ...(values.cpuprofile !== undefined && { cpuProfile: values.cpuprofile }),
  };
}

/** The suite's own, unless something of it is said. */
function planFrom(values: Values, inFlight: number[]): Planned[] {
  const { shape, replicas = "1", instances } = values;
  const said = [shape, values["in-flight"], values.replicas, instances, values["sync-always"]];
  if ([...said, values.jitless].every((each) => each === undefined)) return PLAN;
  if (replicas !== "1" && replicas !== "3") {
    throw new UsageError(`Option "--replicas": found "${replicas}"; write 1 or 3`);
  }
  const shapes: Shape[] = shape === undefined ? ["cached"] : listOf("shape", shape, SHAPES);
  const configuration = {
    replicas: replicas === "1" ? 1 as const : 3 as const,
    instances: number("instances", instances, 1, 1, 8),
    ...engineOf(values),
  };
  return planOf(configuration, shapes, inFlight.length === 0 ? IN_FLIGHT : inFlight);
}

/** What a deployment has is not for the benchmark to choose, and renames of many persons are all that it does. */
const NOT_WITH_URL = [
  "only",
  "shape",
  "replicas",
  "instances",
  "sync-always",
  "jitless",
  "profile",
  "cpuprofile",
] as const;

function readDeployment(values: Values, url: string): DeploymentArguments {
  const idle = NOT_WITH_URL.find((name) => values[name] !== undefined);
  if (idle !== undefined) {
    throw new UsageError(`Option "--${idle}" does not go with "--url"; see --help`);
  }
  const inFlight = (values["in-flight"] ?? "1,64,256").split(",")
    .map((each) => number("in-flight", each, 1, 1, 10_000));
  const { prefix, json } = values;
  return {
    action: "deployment",
    url,
    inFlight,
    yes: values.yes ?? false,
    ...roundsOf(values, values.quick ? QUICK : FULL),
    ...(prefix !== undefined && { prefix }),
    ...(values["inbox-prefix"] !== undefined && { inboxPrefix: values["inbox-prefix"] }),
    ...(values["env-file"] !== undefined && { envFile: values["env-file"] }),
    ...(json !== undefined && { json }),
  };
}

function engineOf(values: Values): { syncAlways: boolean; jitless: boolean } {
  return { syncAlways: values["sync-always"] ?? false, jitless: values.jitless ?? false };
}

function roundsOf({ rounds, seconds }: Values, byDefault: Rounds): Rounds {
  return {
    rounds: Math.floor(number("rounds", rounds, byDefault.rounds, 1, 1_000)),
    seconds: number("seconds", seconds, byDefault.seconds, 0.05, 600),
  };
}

function number(
  name: string,
  text: string | undefined,
  byDefault: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw new UsageError(
    `Option "--${name}": found "${text}"; write a number from ${least} to ${most}`,
  );
}

function listOf<T extends string>(
  name: string,
  text: string | undefined,
  known: readonly T[],
): T[] {
  if (text === undefined) return [...known];
  return text.split(",").map((word) => {
    const found = known.find((each) => each === word);
    if (found !== undefined) return found;
    throw new UsageError(`Option "--${name}": found "${word}"; write some of ${known.join(",")}`);
  });
}
