/**
 * Persons whose history can't be read, or is incomplete: no command for them is ever accepted.
 *
 * @module
 */
import type { JetStreamManager, StoredMsg, StreamInfo } from "@nats-io/jetstream";
import { TimeoutError } from "@nats-io/transport-node";
import type { PersonId } from "../../domain/values.ts";
import { readBatch } from "../../nats/batch_reader.ts";
import type { Examination } from "./examination.ts";
import { attempt, failed, type Finding, ok, warning } from "./finding.ts";
import { HistoryWalk, KEPT_DAMAGES } from "./history_walk.ts";

const CHECK = "histories";

/** Persons looked at in one pass over the stream, in some 75 MB. */
const PERSONS_A_PASS = 500_000;

/**
 * For "person.events.>" the server takes the longer the more subjects there are, until a batch of a thousand takes
 * longer than it may: at 300,000 subjects a second, and 20 ms with this (2.15.1).
 */
const ANY_SUBJECT = ">";

/** A replica may be lost amid its answer; another one is asked then. */
const TRIES = 5;

/** Is told how much of the work is done, from 0 to 1. */
export type OnProgress = (done: number) => void;

/** How far to go. */
export type HistoriesOptions = {
  onProgress: OnProgress;
  /** After which to stop and tell what was found by then; Infinity = look at everything. */
  timeLimitMs: number;
  personsAPass?: number;
};

/** Reads the whole stream as it is now, in several passes if there are many persons. */
export async function checkHistories(
  { jsm, subjects }: Examination,
  stream: StreamInfo,
  options: HistoriesOptions,
): Promise<Finding> {
  return await attempt(CHECK, async () => {
    // Where batches may not be read, none comes, and no word about it either.
    await jsm.direct.getMessage(stream.config.name, { seq: Math.max(1, stream.state.first_seq) });
    const walks: HistoryWalk[] = [];
    const isComplete = await walkThrough(jsm, stream, options, (isWanted) => {
      const walk = new HistoryWalk(subjects.events.slice(0, -1), isWanted);
      walks.push(walk);
      return walk;
    });
    return isComplete
      ? describe(walks, null)
      : describe(walks, { seconds: options.timeLimitMs / 1_000, events: stream.state.messages });
  });
}

/** Resolves to whether all was looked at in time. */
async function walkThrough(
  jsm: JetStreamManager,
  stream: StreamInfo,
  { onProgress, timeLimitMs, personsAPass = PERSONS_A_PASS }: HistoriesOptions,
  begin: (isWanted: (personId: PersonId) => boolean) => HistoryWalk,
): Promise<boolean> {
  const endMs = performance.now() + timeLimitMs;
  // Each person has at least one subject.
  const passes = Math.max(1, Math.ceil((stream.state.num_subjects ?? 0) / personsAPass));
  for (let pass = 0; pass < passes; pass++) {
    const walk = begin((id) => parseInt(id.slice(-6), 16) % passes === pass);
    for await (const messages of read(jsm, stream)) {
      for (const message of messages) walk.add(message);
      const doneOfPass = (messages.at(-1)?.seq ?? 0) / stream.state.last_seq;
      const done = (pass + Math.min(1, doneOfPass)) / passes;
      const isTimeUp = done < 1 && performance.now() >= endMs;
      onProgress(isTimeUp ? 1 : done);
      if (isTimeUp) return false;
    }
  }
  return true;
}

/** @param limit what stopped it before the end; null = nothing */
function describe(
  walks: HistoryWalk[],
  limit: { seconds: number; events: number } | null,
): Finding {
  const total = (count: (walk: HistoryWalk) => number) =>
    walks.reduce((sum, walk) => sum + count(walk), 0);
  const persons = total((walk) => walk.persons);
  const damaged = total((walk) => walk.damaged);
  // Every pass meets these.
  const foreign = walks[0]?.foreign ?? 0;
  const events = total((walk) => walk.events) + foreign;
  const read = limit === null
    ? `${events} events of ${persons} persons`
    : `stopped after ${limit.seconds} s, at ${events} of ${limit.events} events, of ${persons} persons`;
  if (damaged > 0) {
    const shown = walks.flatMap(({ damages }) => damages).slice(0, KEPT_DAMAGES)
      .map(({ personId, sequence, reason }) => `person ${personId} at ${sequence}: ${reason}`);
    const others = damaged > shown.length ? [`and ${damaged - shown.length} more`] : [];
    const found = `${read}, damaged: ${damaged} (${[...shown, ...others].join("; ")})`;
    return failed(CHECK, found, "restore the stream from a backup; their commands are refused");
  }
  if (foreign > 0) {
    const todo = "find out who writes them: only the service may publish events";
    return warning(CHECK, `${read}, all whole; ${foreign} messages are no person's events`, todo);
  }
  const todo = limit === null ? null : "look at all of them, however long it takes: doctor --all";
  return ok(CHECK, `${read}, all whole`, todo);
}

/** All messages up to where the stream ended when it was looked at, some at a time. */
async function* read(
  jsm: JetStreamManager,
  { config: { name }, state }: StreamInfo,
): AsyncGenerator<StoredMsg[]> {
  for (let from = Math.max(1, state.first_seq); from <= state.last_seq;) {
    const batch = await readPersistently(jsm, name, from);
    const messages = batch.filter(({ seq }) => seq <= state.last_seq);
    const last = batch.at(-1)?.seq;
    if (last === undefined) return;
    yield messages;
    from = last + 1;
  }
}

/** The next messages; empty at the stream's end. */
async function readPersistently(
  jsm: JetStreamManager,
  stream: string,
  from: number,
): Promise<StoredMsg[]> {
  for (let tries = 1;; tries++) {
    try {
      const messages = await readBatch(jsm, stream, ANY_SUBJECT, from);
      if (messages.length > 0) return messages;
      // A replica that lags behind ends too early: the leader knows.
      const query = { seq: from, next_by_subj: ANY_SUBJECT };
      const next = await jsm.streams.getMessage(stream, query);
      return next === null ? [] : [next];
    } catch (error) {
      if (!(error instanceof TimeoutError) || tries === TRIES) throw error;
    }
  }
}
