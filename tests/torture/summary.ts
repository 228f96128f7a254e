/**
 * What a run came to, in figures.
 *
 * @module
 */
import { type BatchFigures, countBatches } from "./batches.ts";
import { asOperations, outcomesById } from "./check/outcomes.ts";
import { type Answer, readAnswer } from "./check/replies.ts";
import type { Violation } from "./check/violation.ts";
import type { InjectedFault, RunResult } from "./run.ts";

/** What a run came to. Each command counts once. */
export type Summary = {
  command: string;
  seconds: number;
  /** How often each was injected, by name. */
  faults: Record<string, number>;
  commands: number;
  /** Of these, through the inbox. */
  durable: number;
  acknowledged: number;
  refused: number;
  /** Given up by the caller after the reply that nothing was stored. */
  notStored: number;
  /** Without an answer, or with the answer that nobody knows, once at least. */
  unknown: number;
  /** Times that a command was sent again because of that. */
  retries: number;
  /** Amid faults, without the last questions. */
  commandsPerSecond: number;
  events: number;
  batched: BatchFigures;
  /** Behind the end of the backup that the stream was put back to: lost on purpose. */
  lostEvents: number;
  persons: number;
  snapshots: number;
  violations: Violation[];
};

/** Counts what a run came to. */
export function summarize(
  { history, faults, load }: RunResult,
  violations: Violation[],
): Summary {
  const { restore } = history;
  const durable = asOperations(history.durable, outcomesById(history.outcomes));
  const answers = [...history.operations, ...durable].map(({ tries }) =>
    tries.map(({ reply }) => readAnswer(reply))
  );
  const have = (kind: Answer["kind"]) => (answers: Answer[]) =>
    answers.some((answer) => answer.kind === kind);
  const count = (condition: (answers: Answer[]) => boolean) => answers.filter(condition).length;
  const acknowledged = count(have("accepted"));
  const refused = count((each) => !have("accepted")(each) && have("refused")(each));
  return {
    command: history.run.command,
    seconds: Math.round(load.durationMs / 1000),
    faults: countFaults(faults),
    commands: answers.length,
    durable: durable.length,
    acknowledged,
    refused,
    notStored: count((each) => each.length > 0 && each.every(({ kind }) => kind === "not stored")),
    unknown: count(have("unknown")),
    retries: answers.flatMap((each) => each.slice(0, -1)).filter(({ kind }) => kind === "unknown")
      .length,
    commandsPerSecond: Math.round(load.commands / load.durationMs * 1000),
    events: history.messages.length,
    batched: countBatches(history.messages),
    lostEvents: (restore?.before ?? []).filter(({ seq }) => seq > (restore?.lastSequence ?? 0))
      .length,
    persons: new Set(history.messages.map(({ subject }) => subject.split(".")[2])).size,
    snapshots: history.snapshots.length,
    violations,
  };
}

function countFaults(faults: InjectedFault[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of faults) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The summary to be read. */
export function describeSummary(summary: Summary): string {
  const { faults, batched } = summary;
  const injected = Object.values(faults).reduce((sum, count) => sum + count, 0);
  return [
    `${summary.seconds} s, ${injected} faults:`,
    ...Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `  ${String(count).padStart(4)}  ${name}`),
    `${summary.commands} commands, ${summary.commandsPerSecond} a second, ${summary.durable} of them durable:`,
    `  ${summary.acknowledged} acknowledged, ${summary.refused} refused, ${summary.notStored} given up as not stored`,
    `  ${summary.unknown} of them unknown at first, ${summary.retries} retries for that`,
    `${summary.events} events of ${summary.persons} persons, ${summary.snapshots} snapshots`,
    `  ${batched.events} of them in ${batched.batches} batches of several commands, the largest of ${batched.largest}`,
    ...(summary.lostEvents > 0 ? [`${summary.lostEvents} events lost by the restore`] : []),
  ].join("\n");
}
