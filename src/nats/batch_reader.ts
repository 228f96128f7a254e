import { setTimeout } from "node:timers";
import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { TimeoutError } from "@nats-io/transport-node";
import { TRY_TIMEOUT_MS } from "./attempts.ts";

/** Messages asked for in one batched direct get. */
const BATCH_MESSAGES = 1_000;

/**
 * One batch of a subject's messages from a sequence on, as whichever replica answers has them.
 * Throws `TimeoutError` when no message comes for the time of a try: a replica may be lost amid its answer.
 */
export async function readBatch(
  jsm: JetStreamManager,
  streamName: string,
  subject: string,
  sequence: number,
): Promise<StoredMsg[]> {
  const messages: StoredMsg[] = [];
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const stalled = setTimeout(() => reject(new TimeoutError()), TRY_TIMEOUT_MS);
  try {
    // With a callback, for the client's iterator (3.4.0) leaves a subscription behind, and waits for ever.
    const reading = await jsm.direct.getBatch(streamName, {
      seq: sequence,
      next_by_subj: subject,
      batch: BATCH_MESSAGES,
      callback: (end, message) => {
        if (end === null) {
          messages.push(message);
          stalled.refresh();
        } else if (end.err === undefined || isNotFound(end.err)) resolve();
        else reject(end.err);
      },
    });
    await ended.finally(() => reading.stop());
    return messages;
  } finally {
    clearTimeout(stalled);
  }
}

/** The client fails where there is no message. */
function isNotFound(error: Error): boolean {
  return "code" in error && error.code === 404;
}
