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

/** A replica may be lost amid its answer; another one is asked then. */
const TRIES = 5;

/** Is told how much of the work is done, from 0 to 1. */
export type OnProgress = (done: number) => void;

/** Reads the whole stream as it is now, in several passes if there are many persons. */
export async function checkHistories(
  { jsm, subjects }: Examination,
  stream: StreamInfo,
  onProgress: OnProgress,
  personsAPass: number = PERSONS_A_PASS,
): Promise<Finding> {
  return await attempt(CHECK, async () => {
    // Each person has at least one subject.
    const passes = Math.max(1, Math.ceil((stream.state.num_subjects ?? 0) / personsAPass));
    // Where batches may not be read, none comes, and no word about it either.
    await jsm.direct.getMessage(stream.config.name, { seq: Math.max(1, stream.state.first_seq) });
    const walks: HistoryWalk[] = [];
    let events = 0;
    for (let pass = 0; pass < passes; pass++) {
      const isWanted = (id: PersonId) => parseInt(id.slice(-6), 16) % passes === pass;
      const walk = new HistoryWalk(subjects.events.slice(0, -1), isWanted);
      events = 0;
      for await (const messages of read(jsm, stream, subjects.events)) {
        for (const message of messages) walk.add(message);
        events += messages.length;
        const doneOfPass = (messages.at(-1)?.seq ?? 0) / stream.state.last_seq;
        onProgress((pass + Math.min(1, doneOfPass)) / passes);
      }
      walks.push(walk);
    }
    return describe(walks, events);
  });
}

function describe(walks: HistoryWalk[], events: number): Finding {
  const total = (count: (walk: HistoryWalk) => number) =>
    walks.reduce((sum, walk) => sum + count(walk), 0);
  const persons = total((walk) => walk.persons);
  const damaged = total((walk) => walk.damaged);
  const foreign = walks[0]?.foreign ?? 0;
  const read = `${events} events of ${persons} persons`;
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
  return ok(CHECK, `${read}, all whole`);
}

/** All messages up to where the stream ended when it was looked at, some at a time. */
async function* read(
  jsm: JetStreamManager,
  { config: { name }, state }: StreamInfo,
  subject: string,
): AsyncGenerator<StoredMsg[]> {
  for (let from = Math.max(1, state.first_seq); from <= state.last_seq;) {
    const batch = await readPersistently(jsm, name, subject, from);
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
  subject: string,
  from: number,
): Promise<StoredMsg[]> {
  for (let tries = 1;; tries++) {
    try {
      const messages = await readBatch(jsm, stream, subject, from);
      if (messages.length > 0) return messages;
      // A replica that lags behind ends too early: the leader knows.
      const query = { seq: from, next_by_subj: subject };
      const next = await jsm.streams.getMessage(stream, query);
      return next === null ? [] : [next];
    } catch (error) {
      if (!(error instanceof TimeoutError) || tries === TRIES) throw error;
    }
  }
}
