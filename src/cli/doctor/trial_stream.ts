/**
 * What the service needs of streams, tried on one that is made for it and removed again.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- what is left behind is told on stderr
import { DiscardPolicy, JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { connectOnce } from "../connect_once.ts";
import { ANSWER_TIMEOUT_MS, type Examination, examinationOf } from "./examination.ts";
import { attempt, type Finding, ok, warning } from "./finding.ts";
import { checkAcknowledgements, checkExpectedHead } from "./trial_appends.ts";
import { checkRetrieval } from "./trial_consumer.ts";

/** No other stream's name and subjects begin so. */
const STREAM_PREFIX = "PERSON_SERVICE_DOCTOR_";
const SUBJECT_PREFIX = "person-service-doctor-stream.";

/** What a run that was killed leaves behind takes little room, and not for long. */
const MAX_AGE_MS = 10 * 60 * 1_000;
const MAX_BYTES = 4 * 1024 * 1024;

const STREAM_NOT_FOUND = 10059;

/** A stream of this run alone. */
export type TrialStream = { name: string; subject: string };

/** Makes a stream, publishes to it, consumes it, removes it. */
export async function* checkTrialStream(examination: Examination): AsyncGenerator<Finding> {
  const { id, jsm } = examination;
  const trial = { name: STREAM_PREFIX + id, subject: SUBJECT_PREFIX + id };
  const creation = await attempt("stream creation", () => create(examination, trial));
  yield creation;
  if (creation.status !== "ok") return;
  yield await attempt("acknowledgements", () => checkAcknowledgements(examination, trial));
  yield await attempt("expected head", () => checkExpectedHead(examination, trial));
  yield* checkRetrieval(examination, trial);
  yield await attempt("stream removal", async () => {
    await jsm.streams.delete(trial.name);
    return ok("stream removal", "removed");
  });
  yield await attempt("remnants", () => checkRemnants(jsm));
}

async function create(
  examination: Examination,
  { name, subject }: TrialStream,
): Promise<Finding> {
  const { jsm, cleanUp, config: { streamReplicas } } = examination;
  // Who may make streams need not be allowed to remove them: then none is made.
  await deleteStream(jsm, name);
  let made: Promise<unknown> = Promise.resolve();
  // Even where the server's word that the stream is made gets lost, and not before it has come. Throws after an interrupt.
  cleanUp.defer(() => made.catch(() => {}).then(() => clear(examination, name)));
  made = jsm.streams.add({
    name,
    subjects: [`${subject}.>`],
    num_replicas: streamReplicas,
    max_age: nanos(MAX_AGE_MS),
    max_bytes: MAX_BYTES,
    discard: DiscardPolicy.New,
    allow_direct: true,
    allow_atomic: true,
  });
  await made;
  return ok("stream creation", `made, replicas: ${streamReplicas}`);
}

/** Only says so where it fails: there is nobody left to throw to. */
async function clear({ nc, jsm, config }: Examination, name: string): Promise<void> {
  try {
    if (!nc.isClosed()) return await deleteStream(jsm, name);
    await using cleanUp = new AsyncDisposableStack();
    const again = cleanUp.adopt(
      await connectOnce(config, "person-service doctor", ANSWER_TIMEOUT_MS),
      (nc) => nc.close(),
    );
    await deleteStream((await examinationOf(again, config, cleanUp)).jsm, name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    console.error(`There may be a stream left (${reason}): nats stream rm --force ${name}`);
  }
}

async function deleteStream(jsm: JetStreamManager, name: string): Promise<void> {
  try {
    await jsm.streams.delete(name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND)) throw error;
  }
}

/** What runs left behind that were killed. */
async function checkRemnants(jsm: JetStreamManager): Promise<Finding> {
  const names: string[] = [];
  for await (const name of jsm.streams.names(`${SUBJECT_PREFIX}>`)) names.push(name);
  if (names.length === 0) return ok("remnants", "none of an earlier run");
  const found = `${names.join(", ")}: of a doctor that was killed, or runs elsewhere just now`;
  const todo = names.map((name) => `nats stream rm --force ${name}`).join("; ");
  return warning("remnants", found, `if none runs: ${todo}`);
}
