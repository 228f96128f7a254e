/**
 * Tables of results, for the terminal and the document.
 *
 * @module
 */
import type { Header } from "../header.ts";
import type {
  DeploymentRow,
  FootprintRow,
  LoadRow,
  ProfileResult,
  SoakResult,
} from "../results.ts";
import { verdictOn } from "../soak/verdict.ts";
import { describeEngine } from "./command_tables.ts";
import { markdownTable, numbers, words } from "./markdown_table.ts";
import { readable, withRange } from "./numbers.ts";

/**
 * On what was measured.
 * @param elsewhere whether only the load ran there
 */
export function headerTable(header: Header, elsewhere: boolean = false): string {
  const { date, cpu, cores, memoryGiB, kernel, deno, v8, natsServer, rounds, seconds } = header;
  return markdownTable([words("Measured"), words(date)], [
    ["Processor", `${cpu}, ${cores} cores, ${elsewhere ? "of the caller" : SHARED}`],
    ["Memory", `${memoryGiB} GiB`],
    ["Kernel", kernel],
    ["Deno", `${deno}, V8 ${v8}`],
    ["nats-server", natsServer],
    ["Rounds", `${rounds} of ${seconds} s for each figure, in turns`],
  ]);
}

const SHARED = "shared by all that is measured and the load";

/** Cold loads. */
export function loadTable(rows: LoadRow[]): string {
  const smallest = Math.min(...rows.map(({ others }) => others));
  const columns = [
    numbers("Events"),
    words("Snapshot"),
    numbers("Events of others"),
    numbers("Load ms"),
    numbers("to one read"),
    numbers(`to the same among ${smallest.toLocaleString("en")}`),
  ];
  return markdownTable(
    columns,
    rows.map(({ events, tail, others, loadMs, toRead, toSmallest }) => [
      events.toLocaleString("en"),
      tail === null ? "none" : `${tail} events behind`,
      others.toLocaleString("en"),
      withRange(loadMs),
      withRange(toRead),
      others === smallest ? "" : withRange(toSmallest),
    ]),
  );
}

/** What a process takes. */
export function footprintTable(rows: FootprintRow[]): string {
  const measured = ["Start to ready ms", "Idle MiB", "Under load MiB", "CPU µs a command"];
  const columns = [
    words("Engine"),
    ...measured.flatMap((heading) => [numbers(heading), numbers("to bare loop")]),
  ];
  return markdownTable(
    columns,
    rows.map(({ jitless, readyMs, idleMiB, underLoadMiB, cpuUsPerCommand }) => [
      jitless ? "without JIT" : "with JIT",
      ...[readyMs, idleMiB, underLoadMiB, cpuUsPerCommand]
        .flatMap(({ service, ratio }) => [withRange(service), withRange(ratio)]),
    ]),
  );
}

/** The costliest functions, and what is none. */
export function profileTable(profile: ProfileResult): string {
  const { functions, others, inFlight, perSecond } = profile;
  const columns = [
    words("Function"),
    words("Where"),
    numbers("Self µs a command"),
    numbers("Share of all"),
    numbers("Total µs"),
  ];
  const table = markdownTable(
    columns,
    [...functions, ...others].map(({ name, place, selfUs, selfShare, totalUs }) => [
      `\`${name}\``,
      place === "" ? "the engine" : `\`${place}\``,
      readable(selfUs),
      `${(selfShare * 100).toFixed(1)} %`,
      readable(totalUs),
    ]),
  );
  return `${inFlight} in flight, ${describeEngine(profile)}, ${
    readable(perSecond)
  }/s while profiled:\n\n${table}`;
}

/** Each window, and the last five next to those around the fifth. */
export function soakTable(soak: SoakResult): string {
  const columns = ["Window", "Commands/s", "p50 ms", "p99 ms", "Memory MiB", "CPU µs a command"]
    .map(numbers);
  const windows = soak.windows.map((window, index) => [
    String(index + 1),
    readable(window.perSecond),
    readable(window.p50Ms),
    readable(window.p99Ms),
    readable(window.residentMiB),
    readable(window.cpuUsPerCommand),
  ]);
  const names = { residentMiB: "memory", p50Ms: "p50", p99Ms: "p99" };
  const verdict = verdictOn(soak).map(({ figure, ratio, limit, holds }) => [
    names[figure],
    readable(ratio),
    readable(limit),
    holds ? "yes" : "no",
  ]);
  const { maxPerSecond, wantedPerSecond, windowSeconds } = soak;
  const title = `${readable(wantedPerSecond)}/s, half of ${readable(maxPerSecond)}/s, ${
    describeEngine(soak)
  }, windows of ${readable(windowSeconds)} s:`;
  const compared = [
    words("Figure"),
    numbers("Last five to third to seventh"),
    numbers("At most"),
    words("Kept"),
  ];
  return [title, markdownTable(columns, windows), markdownTable(compared, verdict)].join("\n\n");
}

/** Commands to a deployment. */
export function deploymentTable(rows: DeploymentRow[]): string {
  const measured = ["Commands/s", "p50 ms", "p99 ms", "p99.9 ms"];
  const columns = [
    numbers("In flight"),
    ...measured.flatMap((heading) => [numbers(heading), numbers("to round trips")]),
  ];
  return markdownTable(
    columns,
    rows.map(({ inFlight, service, toRoundTrip }) => [
      inFlight.toLocaleString("en"),
      ...(["perSecond", "p50Ms", "p99Ms", "p999Ms"] as const)
        .flatMap((figure) => [withRange(service[figure]), withRange(toRoundTrip[figure])]),
    ]),
  );
}
