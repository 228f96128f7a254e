/**
 * Reading the trial stream back with a consumer.
 *
 * @module
 */
import { AckPolicy } from "@nats-io/jetstream";
import { ANSWER_TIMEOUT_MS, type Examination } from "./examination.ts";
import { attempt, failed, type Finding, ok } from "./finding.ts";
import { TRIAL_MESSAGES } from "./trial_appends.ts";
import type { TrialStream } from "./trial_stream.ts";

const CONSUMER = "doctor";

/** Makes a consumer and reads with it what was published. */
export async function* checkRetrieval(
  examination: Examination,
  { name }: TrialStream,
): AsyncGenerator<Finding> {
  const creation = await attempt("consumer creation", async () => {
    const settings = { durable_name: CONSUMER, ack_policy: AckPolicy.Explicit };
    await examination.jsm.consumers.add(name, settings);
    return ok("consumer creation", "made");
  });
  yield creation;
  if (creation.status !== "ok") return;
  yield await attempt("consumer retrieval", () => retrieve(examination, name));
}

async function retrieve({ js }: Examination, stream: string): Promise<Finding> {
  const consumer = await js.consumers.get(stream, CONSUMER);
  const batch = { max_messages: TRIAL_MESSAGES, expires: ANSWER_TIMEOUT_MS };
  let received = 0;
  for await (const message of await consumer.fetch(batch)) {
    if (message.string() !== String(received)) {
      return failed("consumer retrieval", `message ${received} came as ${message.string()}`);
    }
    received++;
    message.ack();
  }
  return received === TRIAL_MESSAGES
    ? ok("consumer retrieval", `${received} messages came in order`)
    : failed("consumer retrieval", `${received} of ${TRIAL_MESSAGES} messages came in time`);
}
