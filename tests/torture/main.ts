/**
 * `deno task torture`: processes are killed and frozen, connections cut, disks filled, while callers
 * send commands; then it is proved that nothing acknowledged was lost and nothing refused was stored.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import {
  type Arguments,
  BadArguments,
  HELP,
  readArguments,
  type SummaryFormat,
} from "./arguments.ts";
import { check } from "./check/check.ts";
import type { Violation } from "./check/violation.ts";
import { BadHistoryFile, readHistory, writeHistory } from "./history_file.ts";
import { InstanceEnded } from "./instance.ts";
import { showProgress } from "./progress.ts";
import { type RunOptions, type RunResult, runTorture } from "./run.ts";
import { describeSummary, summarize, type Summary } from "./summary.ts";
import { unreachable } from "../../src/domain/values.ts";
import { markdownSummary } from "./markdown_summary.ts";

/** What is printed of violations: one defect may have thousands. */
const MOST_OF_A_KIND = 5;
const MOST_CHARACTERS = 1_000;
const ROOT = Deno.realPathSync(`${import.meta.dirname}/../..`);
const KEPT_FOLDER = `${ROOT}/.dev/torture`;

Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  try {
    const wanted = readArguments(args);
    switch (wanted.action) {
      case "help":
        console.log(HELP);
        return 0;
      case "check":
        return report(check(await readHistory(wanted.file)));
      case "run":
        return await run(wanted);
    }
  } catch (error) {
    const isExplained = error instanceof BadArguments || error instanceof BadHistoryFile ||
      error instanceof InstanceEnded;
    console.error(isExplained ? error.message : error);
    return error instanceof InstanceEnded ? 1 : 2;
  }
}

async function run({ options, format, keep }: Arguments & { action: "run" }): Promise<number> {
  console.error(options.command);
  const result = await runAndShow(options);
  const { history } = result;
  const violations = check(history);
  const summary = summarize(result, violations);
  console.log(inFormat(summary, format));
  if (violations.length > 0) await keepEvidence(result, options);
  if (keep !== undefined) await writeHistory(keep, history);
  return report(violations);
}

function inFormat(summary: Summary, format: SummaryFormat): string {
  switch (format) {
    case "json":
      return JSON.stringify(summary, null, 2);
    case "markdown":
      return markdownSummary(summary);
    case "text":
      return describeSummary(summary);
    default:
      return unreachable(format);
  }
}

async function keepEvidence({ history, logs }: RunResult, options: RunOptions): Promise<void> {
  await Deno.mkdir(KEPT_FOLDER, { recursive: true });
  const name = `${KEPT_FOLDER}/seed-${
    encodeURIComponent(options.seed)
  }-replicas-${options.replicas}`;
  await writeHistory(`${name}.jsonl`, history);
  for (const [number, log] of logs.entries()) {
    await Deno.writeTextFile(`${name}-instance-${number + 1}.log`, log);
  }
  console.error(`The history is kept, and the instances' logs beside it; to check it again:`);
  console.error(`  deno task torture --check ${name}.jsonl`);
  console.error(`The same schedule again:\n  ${options.command}`);
}

async function runAndShow(options: RunOptions): Promise<RunResult> {
  using shown = showProgress(options.durationMs);
  return await runTorture(options, shown.show);
}

function report(violations: Violation[]): number {
  const kinds = Map.groupBy(violations, ({ kind }) => kind);
  for (const [kind, all] of kinds) {
    console.error(`VIOLATION ${kind} (${all.length}):`);
    for (const { subject, what } of all.slice(0, MOST_OF_A_KIND)) {
      console.error(`  ${subject}: ${what.slice(0, MOST_CHARACTERS)}`);
    }
  }
  if (violations.length === 0) console.error("Every promise was kept");
  return violations.length === 0 ? 0 : 1;
}
