/**
 * All checks of the doctor, in the order in which they build on each other.
 *
 * @module
 */
import type { StreamInfo } from "@nats-io/jetstream";
import { checkClock } from "./clock.ts";
import { checkCommands } from "./commands.ts";
import { checkConsumers } from "./consumers.ts";
import { checkDurableCommands } from "./durable_commands.ts";
import { checkEventStream } from "./event_stream.ts";
import type { Examination } from "./examination.ts";
import { type Finding, skipped } from "./finding.ts";
import { checkHistories, type OnProgress } from "./histories.ts";
import { checkJetStream } from "./jetstream.ts";
import { checkAnswers, checkMessaging } from "./messaging.ts";
import { checkRights } from "./rights.ts";
import { checkServer } from "./server.ts";
import { checkSnapshots } from "./snapshots.ts";
import { checkSyncInterval } from "./sync_interval.ts";
import { checkTrialStream } from "./trial_stream.ts";

/** What the operator may choose. */
export type ExamineOptions = {
  /** The server's monitoring address; undefined: looked for. */
  monitor: string | undefined;
  /** Longest that histories are looked at; 0 = not at all. */
  historiesLimitMs: number;
  onProgress: OnProgress;
};

/** Finds what there is to be found, one thing after the other. */
export async function* examine(
  examination: Examination,
  options: ExamineOptions,
): AsyncGenerator<Finding> {
  yield* checkServer(examination);
  const answers = await checkAnswers(examination);
  yield answers;
  if (answers.status === "failed") return yield skipped("all else", "no answer would arrive");
  yield* checkMessaging(examination);
  const hasJetStream = yield* checkJetStream(examination);
  yield* checkCommands(examination, hasJetStream);
  if (!hasJetStream) return yield skipped("streams", "there is no JetStream to ask");
  yield await checkSyncInterval(examination.nc, options.monitor);
  yield* checkTrialStream(examination);
  const stream = yield* checkEventStream(examination);
  if (stream !== null) yield* checkAround(examination, stream, options);
}

async function* checkAround(
  examination: Examination,
  stream: StreamInfo,
  { historiesLimitMs: timeLimitMs, onProgress }: ExamineOptions,
): AsyncGenerator<Finding> {
  const { name } = stream.config;
  yield* checkSnapshots(examination, stream);
  yield* checkConsumers(examination, name);
  yield* checkDurableCommands(examination, name);
  yield await checkRights(examination, name);
  yield await checkClock(examination.jsm, name);
  yield timeLimitMs === 0
    ? skipped("histories", "left out by --quick")
    : await checkHistories(examination, stream, { onProgress, timeLimitMs });
}
