/**
 * What every check of the doctor works with.
 *
 * @module
 */
import { jetstream, type JetStreamClient, jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Config } from "../../config.ts";
import { type Subjects, subjectsOf } from "../../nats/subjects.ts";

/** Longest that a check waits for one answer. */
export const ANSWER_TIMEOUT_MS = 5_000;

/** A connection under the configured login, and what it is to be compared with. */
export type Examination = {
  nc: NatsConnection;
  js: JetStreamClient;
  jsm: JetStreamManager;
  config: Config;
  subjects: Subjects;
  /** Of this run, and of no other: part of every name that it makes. */
  id: string;
  /** What is to be undone at the end of the run, however it ends. */
  cleanUp: AsyncDisposableStack;
};

/** Asks the server nothing yet. */
export async function examinationOf(
  nc: NatsConnection,
  config: Config,
  cleanUp: AsyncDisposableStack,
): Promise<Examination> {
  const options = { timeout: ANSWER_TIMEOUT_MS, checkAPI: false };
  return {
    nc,
    js: jetstream(nc, options),
    jsm: await jetstreamManager(nc, options),
    config,
    subjects: subjectsOf(config.subjectPrefix),
    id: crypto.randomUUID(),
    cleanUp,
  };
}
