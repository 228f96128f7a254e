/**
 * One run: load, faults, healing, last questions; then everything that is stored.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../support/until.ts";
import { Callers } from "./callers.ts";
import { faultsFor } from "./faults.ts";
import { finalPass } from "./final_pass.ts";
import type { Doubt, History, Restore } from "./history.ts";
import { onInterrupt } from "./interrupt.ts";
import { Pace } from "./pace.ts";
import { Random } from "./random.ts";
import { putBack } from "./restored_stream.ts";
import { DEAD_LETTERS, EVENTS, INBOX, OUTCOMES, readSnapshots, readStream } from "./stored.ts";
import { PATIENCE_MS, type SystemSize, TortureSystem } from "./system.ts";

/** What a run is to be. */
export type RunOptions = SystemSize & {
  durationMs: number;
  seed: string;
  callers: number;
  /** Commands a second, on average. */
  rate: number;
  /** Puts the stream back to an earlier point once. */
  restores: boolean;
  /** The command that gives the same schedule again. */
  command: string;
};

/** A fault that was injected. */
export type InjectedFault = { name: string; fromMs: number; toMs: number };

/** What a run shows while it runs. */
export type Progress = {
  callers: Callers;
  /** In their order; the last one may be under way. */
  faults: InjectedFault[];
  /** On the clock of `performance.now`. */
  startedMs: number;
  phase: "load and faults" | "healing" | "last questions" | "reading what is stored";
};

/** What a run came to. */
export type RunResult = {
  history: History;
  faults: InjectedFault[];
  /** Of load and faults, without what comes before and after. */
  load: { durationMs: number; commands: number };
  /** What each instance logged. */
  logs: string[];
};

/** Pause between faults, in which commands are accepted: faults of replicas last longer. */
const PAUSE_MS: Record<1 | 3, [least: number, most: number]> = {
  1: [2_500, 6_000],
  3: [4_000, 9_000],
};
/**
 * When all is healed: many times what a command takes on a slow machine, and another one is settled meanwhile. A durable
 * one may be refused only 45 s after an earlier one was lost sight of.
 */
const SETTLING_MS = 120_000;
/** Beyond the few milliseconds that were measured: how long a leader may not know that it is none. */
const STALE_READ_MS = 2_000;

/** Runs the torture; `show` is given what changes meanwhile, once. */
export async function runTorture(
  options: RunOptions,
  show: (progress: Progress) => void,
): Promise<RunResult> {
  await using system = await TortureSystem.start(options);
  using _interrupt = onInterrupt(() => system[Symbol.asyncDispose]());
  const callers = new Callers(system.callers);
  const startedMs = performance.now();
  const progress: Progress = { callers, faults: [], startedMs, phase: "load and faults" };
  show(progress);
  const load = callers.run(options.callers, options.seed, new Pace(options.rate));
  load.catch(() => {}); // Awaited below, after the faults.
  const restore = await injectFaults(options, system, progress);
  const done = {
    durationMs: performance.now() - startedMs,
    commands: callers.tally.counts.commands,
  };
  progress.phase = "healing";
  callers.stop();
  await system.caughtUp(PATIENCE_MS);
  await answered(load, callers);
  progress.phase = "last questions";
  if (!callers.gaveUp) await answered(finalPass(callers), callers);
  await inboxDone(system);
  progress.phase = "reading what is stored";
  // They write the last snapshots when they stop.
  await Promise.all(system.instances.map((instance) => instance.stop()));
  const history: History = {
    run: {
      command: options.command,
      streamCreated: await system.streamCreated(),
      staleReadMs: options.replicas === 1 ? 0 : STALE_READ_MS,
      doubts: options.replicas === 1 ? [] : doubtsOf(options.replicas, progress.faults),
    },
    operations: callers.operations,
    durable: callers.durable.operations,
    messages: await readStream(system.jsm, EVENTS),
    outcomes: await readStream(system.jsm, OUTCOMES),
    deadLetters: await readStream(system.jsm, DEAD_LETTERS),
    inbox: await readStream(system.jsm, INBOX),
    snapshots: await readSnapshots(system.admin.nc),
    restore,
  };
  const logs = system.instances.map(({ log }) => log);
  return { history, faults: progress.faults, load: done, logs };
}

/** One fault after the other, as the seed says, until the time is over. */
async function injectFaults(
  { durationMs, seed, replicas, restores }: RunOptions,
  system: TortureSystem,
  { callers, faults }: Progress,
): Promise<Restore | null> {
  const random = new Random(`${seed}/faults`);
  const kinds = faultsFor(replicas).map((fault): [typeof fault, number] => [fault, fault.weight]);
  const startMs = performance.now();
  let restore: Restore | null = null;
  for (let drawn = 1; performance.now() < startMs + durationMs; drawn++) {
    await delay(random.integer(...PAUSE_MS[replicas]));
    const injected = { name: "", fromMs: performance.now(), toMs: Infinity };
    faults.push(injected);
    if (restores && restore === null && performance.now() > startMs + durationMs / 2) {
      injected.name = "stream put back";
      restore = await putBack(system, callers);
    } else {
      const fault = random.weighted(kinds);
      injected.name = fault.name;
      if (await fault.run(system, random.fork(`${drawn}`)) === false) faults.pop();
    }
    await system.healed();
    injected.toMs = performance.now();
  }
  return restore;
}

/** Waits for answers. When none has come for long enough none ever will: what is open then is a violation. */
async function answered(work: Promise<void>, callers: Callers): Promise<void> {
  const startedMs = performance.now();
  const watch = setInterval(() => {
    const lastMs = Math.max(startedMs, callers.settledMs);
    if (performance.now() - lastMs > SETTLING_MS) callers.giveUp();
  }, 1_000);
  await work.finally(() => clearInterval(watch));
}

/** Waits until every durable command is done, also those whose publish nobody knows of. What never is, is a violation. */
async function inboxDone({ jsm }: TortureSystem): Promise<void> {
  await until("the inbox is empty", async () => {
    const { state } = await jsm.streams.info(INBOX.name);
    return state.messages === 0;
  }, PATIENCE_MS).catch(() => {});
}

function doubtsOf(replicas: 1 | 3, faults: InjectedFault[]): Doubt[] {
  const doubtful = new Set(
    faultsFor(replicas).filter(({ isDoubtful }) => isDoubtful).map(({ name }) => name),
  );
  return faults.filter(({ name }) => doubtful.has(name))
    .map(({ fromMs, toMs }) => ({ fromMs, toMs }));
}
