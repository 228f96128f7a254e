/**
 * Appends to the trial stream, as the service makes them.
 *
 * @module
 */
import { JetStreamApiError } from "@nats-io/jetstream";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { Examination } from "./examination.ts";
import { failed, type Finding, ok } from "./finding.ts";
import type { TrialStream } from "./trial_stream.ts";

/** Messages on the trial stream. */
export const TRIAL_MESSAGES = 100;

const STALE_EXPECTATION = 10071;

/** Whether each message is acknowledged, with the next sequence. */
export async function checkAcknowledgements(
  { js }: Examination,
  { subject }: TrialStream,
): Promise<Finding> {
  const startedMs = performance.now();
  const acknowledged = await Promise.all(
    Array.from({ length: TRIAL_MESSAGES }, (_, n) => js.publish(`${subject}.${n}`, String(n))),
  );
  const elapsedMs = Math.round(performance.now() - startedMs);
  const isInOrder = acknowledged.every(({ seq }, index) => seq === index + 1);
  return isInOrder
    ? ok("acknowledgements", `${TRIAL_MESSAGES} messages stored in order, in ${elapsedMs} ms`)
    : failed("acknowledgements", "messages were stored in another order than they were sent");
}

/** Whether the server refuses an append to a history that has gone on: on that all else is built. */
export async function checkExpectedHead(
  { js, jsm }: Examination,
  { name, subject }: TrialStream,
): Promise<Finding> {
  const check = "expected head";
  const { allow_atomic } = (await jsm.streams.info(name)).config;
  if (allow_atomic !== true) {
    return failed(check, "the server that holds the stream is too old: it takes no batches");
  }
  try {
    // Nothing is on this subject yet, but the filter covers messages: servers that ignore it accept.
    await js.publish(`${subject}.late`, "late", { headers: expecting(0, `${subject}.>`) });
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === STALE_EXPECTATION)) throw error;
    return ok(check, "an append to a history that has gone on is refused");
  }
  return failed(
    check,
    "an append to a history that has gone on is accepted: updates would be lost",
  );
}

function expecting(head: number, filter: string): MsgHdrs {
  const fields = headers();
  fields.set("Nats-Expected-Last-Subject-Sequence", String(head));
  fields.set("Nats-Expected-Last-Subject-Sequence-Subject", filter);
  return fields;
}
