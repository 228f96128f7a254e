/**
 * The streams of durable commands, and how far the service is with them.
 *
 * @module
 */
import type { ConsumerInfo, StreamInfo } from "@nats-io/jetstream";
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
import { checkRoom } from "./usage.ts";

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
  const { inbox, outcomes, deadLetters } = durableStreamsOf(streamName);
  const consumer = await lookAt("inbox consumer", () => findInboxConsumer(jsm, inbox));
  const looked = await lookAt("inbox", () => jsm.streams.info(inbox));
  if ("problem" in looked) yield looked.problem;
  else {
    yield* checkConsumer(looked.value, consumer);
    yield* checkReplicas("inbox", looked.value, config.streamReplicas);
    yield* checkRoom("inbox", looked.value);
  }
  const ofOutcomes = await lookAt("outcomes", () => jsm.streams.info(outcomes));
  if ("problem" in ofOutcomes) yield ofOutcomes.problem;
  else yield* checkRoom("outcomes", ofOutcomes.value);
  const ofLetters = await lookAt("dead letters", () => jsm.streams.info(deadLetters));
  if ("problem" in ofLetters) return yield ofLetters.problem;
  yield checkDeadLetters(ofLetters.value);
  yield* checkRoom("dead letters", ofLetters.value);
}

function* checkConsumer(
  inbox: StreamInfo,
  consumer: { value: ConsumerInfo | null } | { problem: Finding },
): Generator<Finding> {
  if ("problem" in consumer) return yield consumer.problem;
  if (consumer.value === null) {
    const found = `"${inbox.config.name}" has no consumer "${INBOX_CONSUMER}"`;
    return yield failed("inbox consumer", found, SET_UP);
  }
  yield* checkInboxConsumer(consumer.value);
  yield checkInbox(inbox, consumer.value);
}

function checkDeadLetters({ state: { messages } }: StreamInfo): Finding {
  if (messages === 0) return ok("dead letters", "none");
  return warning("dead letters", `${messages} are no commands`, "person-service dlq list");
}
