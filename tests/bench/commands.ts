/**
 * Commands a second and their latency, next to a bare loop in the same run that only receives, publishes with the same
 * headers and replies. Each figure is the median of alternating rounds; ratios are those of the service to the loop.
 *
 * Usage: commands.ts [--shape cached,create,hot,zipf] [--in-flight 1,64,256] [--rounds N] [--seconds N]
 *                    [--sync-always] [--replicas 3] [--instances 2] [--jitless] [--json]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { parseArgs } from "node:util";
import {
  type Contest,
  isShape,
  type Measured,
  openContest,
  type Shape,
  SHAPES,
} from "./contest.ts";
import { median, spread } from "./measure.ts";

const { values } = parseArgs({
  options: {
    shape: { type: "string", default: "cached" },
    "in-flight": { type: "string", default: "1,64,256" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    "sync-always": { type: "boolean", default: false },
    replicas: { type: "string", default: "1" },
    instances: { type: "string", default: "1" },
    jitless: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const options = {
  replicas: Number(values.replicas),
  instances: Number(values.instances),
  syncAlways: values["sync-always"],
  jitless: values.jitless,
};
const shapes = values.shape.split(",").map((shape) => {
  if (isShape(shape)) return shape;
  throw new Error(`--shape must be some of ${SHAPES.join(", ")}, between commas`);
});
await using contest = await openContest(options);
const machine = {
  deno: Deno.version.deno,
  cores: navigator.hardwareConcurrency,
  ...options,
  readyMs: Math.round(contest.readyMs),
  idleMiB: contest.idleMiB,
};
if (!values.json) {
  console.log(Object.entries(machine).map(([name, value]) => `${name} ${value}`).join(", "));
  console.log(
    "shape  in flight  service/s    bare/s  ratio (min-max)    p50 ms (bare)    p99 ms (bare)  CPU µs (bare)",
  );
}
const rows = [];
for (const shape of shapes) {
  for (const inFlight of values["in-flight"].split(",").map(Number)) {
    const row = await measureRow(contest, shape, inFlight);
    rows.push(row);
    if (!values.json) printRow(row);
  }
}
const underLoadMiB = contest.residentMiB();
if (values.json) console.log(JSON.stringify({ ...machine, underLoadMiB, rows }, null, 2));
else console.log(`under load ${underLoadMiB} MiB`);

/** What several rounds of one load came to. */
type Row = {
  shape: Shape;
  inFlight: number;
  service: Measured;
  bare: Measured;
  ratio: { median: number; min: number; max: number };
};

async function measureRow(contest: Contest, shape: Shape, inFlight: number): Promise<Row> {
  const durationMs = Number(values.seconds) * 1_000;
  const rounds: { service: Measured; bare: Measured }[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    rounds.push({
      service: await contest.measure("service", shape, inFlight, durationMs),
      bare: await contest.measure("bare", shape, inFlight, durationMs),
    });
  }
  const ratio = spread(rounds.map(({ service, bare }) => service.perSecond / bare.perSecond));
  const mediansOf = (who: "service" | "bare"): Measured => {
    const of = (figure: keyof Measured) => median(rounds.map((round) => round[who][figure]));
    return {
      perSecond: of("perSecond"),
      p50Ms: of("p50Ms"),
      p99Ms: of("p99Ms"),
      p999Ms: of("p999Ms"),
      cpuUsPerCommand: of("cpuUsPerCommand"),
    };
  };
  return { shape, inFlight, service: mediansOf("service"), bare: mediansOf("bare"), ratio };
}

function printRow({ shape, inFlight, service, bare, ratio }: Row): void {
  const both = (figure: keyof Measured, digits: number) =>
    `${service[figure].toFixed(digits)} (${bare[figure].toFixed(digits)})`;
  console.log([
    shape.padEnd(6),
    String(inFlight).padStart(9),
    service.perSecond.toFixed(0).padStart(10),
    bare.perSecond.toFixed(0).padStart(9),
    `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}-${ratio.max.toFixed(2)})`.padStart(16),
    both("p50Ms", 2).padStart(16),
    both("p99Ms", 2).padStart(16),
    both("cpuUsPerCommand", 0).padStart(14),
  ].join(" "));
}
