/**
 * The streams of durable commands, and how far the service is with them.
 *
 * @module
 */
import {
  type FoundDurableStream,
  inspectDurableStreams,
  isRefusedAt,
} from "../../nats/inbox/durable_streams.ts";
import { findInboxConsumer } from "../../nats/inbox/inbox_consumer.ts";
import { INBOX_CONSUMER } from "../../nats/inbox/inbox_consumer_settings.ts";
import { durableStreamsOf } from "../../nats/subjects.ts";
import type { Examination } from "./examination.ts";
import { attempt, failed, type Finding, lookAt, ok, skipped, warning } from "./finding.ts";
import { checkInbox, checkInboxConsumer } from "./inbox.ts";
import { checkReplicas } from "./replicas.ts";

const CHECK = "durable commands";
const SET_UP = "run DURABLE_COMMANDS=true person-service setup with an operator's login";

/** Whether the streams are fit, the inbox is emptied, and nothing lies among the dead letters. */
export async function* checkDurableCommands(
  examination: Examination,
  streamName: string,
): AsyncGenerator<Finding> {
  const { jsm, config } = examination;
  const looked = await lookAt(CHECK, () => inspectDurableStreams(jsm, streamName, config));
  if ("problem" in looked) return yield looked.problem;
  const missing = looked.value.filter(({ flaws }) => flaws === null).map(({ name }) => name);
  if (missing.length > 0) {
    const found = `there is no ${missing.join(", ")}`;
    return yield config.durableCommands
      ? failed(CHECK, found, SET_UP)
      : skipped(CHECK, `off by DURABLE_COMMANDS, and ${found}`);
  }
  if (!config.durableCommands) {
    yield await attempt(CHECK, async () => {
      const { messages } = (await jsm.streams.info(durableStreamsOf(streamName).inbox)).state;
      const found = `${messages} wait in the inbox, and DURABLE_COMMANDS is off`;
      if (messages === 0) return ok(CHECK, "off by DURABLE_COMMANDS, and none wait");
      return warning(
        CHECK,
        found,
        "start the service with DURABLE_COMMANDS=true: else nobody takes them",
      );
    });
  }
  yield* checkSettings(looked.value, config.allowUnsafeStream);
  yield* checkStreams(examination, streamName);
}

function* checkSettings(
  streams: FoundDurableStream[],
  allowUnsafeStream: boolean,
): Generator<Finding> {
  let flawed = 0;
  for (const { name, flaws } of streams) {
    for (const { problem, mend, severity } of flaws ?? []) {
      flawed++;
      const judge = isRefusedAt(severity, allowUnsafeStream) ? failed : warning;
      yield judge(CHECK, `stream "${name}": ${problem}`, mend);
    }
  }
  const fit = "streams of inbox, outcomes and dead letters are there, and fit";
  if (flawed === 0) yield ok(CHECK, fit);
}

async function* checkStreams(
  { jsm, config }: Examination,
  streamName: string,
): AsyncGenerator<Finding> {
  const { inbox, deadLetters } = durableStreamsOf(streamName);
  const looked = await lookAt("inbox", () => jsm.streams.info(inbox));
  if ("problem" in looked) yield looked.problem;
  else {
    const consumer = await lookAt("inbox consumer", () => findInboxConsumer(jsm, inbox));
    if ("problem" in consumer) yield consumer.problem;
    else if (consumer.value === null) {
      yield failed("inbox consumer", `"${inbox}" has no consumer "${INBOX_CONSUMER}"`, SET_UP);
    } else {
      yield* checkInboxConsumer(consumer.value);
      yield checkInbox(looked.value, consumer.value);
    }
    yield* checkReplicas("inbox", looked.value, config.streamReplicas);
  }
  yield await attempt("dead letters", async () => {
    const { messages } = (await jsm.streams.info(deadLetters)).state;
    if (messages === 0) return ok("dead letters", "none");
    return warning("dead letters", `${messages} are no commands`, "person-service dlq list");
  });
}
