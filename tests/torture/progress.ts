// deno-lint-ignore-file no-console -- shows a run while it runs
import type { Progress } from "./run.ts";

/** Between two lines where there is no terminal, in which one line is written over and over. */
const INTERVAL_MS = { terminal: 500, file: 15_000 };

/** Shows on the error stream how a run is getting on, until it is disposed of. */
export function showProgress(durationMs: number): Disposable & { show: (run: Progress) => void } {
  const isTerminal = Deno.stderr.isTerminal();
  let progress: Progress | undefined;
  const print = () => {
    if (progress === undefined) return;
    const line = describe(progress, durationMs);
    if (isTerminal) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
    else console.error(line);
  };
  const timer = setInterval(print, isTerminal ? INTERVAL_MS.terminal : INTERVAL_MS.file);
  return {
    show: (run) => {
      progress = run;
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      print();
      if (isTerminal) console.error();
    },
  };
}

function describe({ callers, faults, phase, startedMs }: Progress, durationMs: number): string {
  const { commands, acknowledged, refused, unknown } = callers.tally.counts;
  const elapsed = Math.round((performance.now() - startedMs) / 1000);
  const last = faults.at(-1);
  const now = phase !== "load and faults" ? phase : last?.toMs === Infinity ? last.name : "calm";
  return `${elapsed} of ${Math.round(durationMs / 1000)} s, ${commands} commands, replies: ` +
    `${acknowledged} yes, ${refused} no, ${unknown} unknown; ${faults.length} faults; now: ${now}`;
}
