/**
 * The stream that holds the events: whether it is there, safe and whole, and has room.
 *
 * @module
 */
import type { StreamInfo } from "@nats-io/jetstream";
import { describeLoss, findRemnants, RESTORE_ADVICE } from "../../nats/lost_stream.ts";
import { findByName, findBySubject } from "../../nats/stream_lookup.ts";
import { inspectStream } from "../../nats/stream_safety.ts";
import type { Examination } from "./examination.ts";
import { attempt, failed, type Finding, lookAt, ok, warning } from "./finding.ts";
import { checkReplicas } from "./replicas.ts";
import { checkRoom } from "./usage.ts";

/** Looks at the stream that the service would use. Returns it; null where there is none to be seen. */
export async function* checkEventStream(
  examination: Examination,
): AsyncGenerator<Finding, StreamInfo | null> {
  const looked = await lookAt("event stream", () => findStream(examination));
  if ("problem" in looked) {
    yield looked.problem;
    return null;
  }
  const stream = looked.value;
  if (stream === null) {
    yield await attempt("event stream", () => describeLack(examination));
    return null;
  }
  yield describeStream(stream);
  yield* checkSettings(stream, examination);
  yield* checkReplicas("stream", stream, examination.config.streamReplicas);
  yield* checkRoom("stream", stream, "events");
  yield checkMissing(stream);
  return stream;
}

async function findStream({ jsm, subjects, config }: Examination): Promise<StreamInfo | null> {
  return await findByName(jsm, config.streamName) ?? await findBySubject(jsm, subjects, config);
}

async function describeLack({ jsm, config, subjects }: Examination): Promise<Finding> {
  const { streamName } = config;
  const remnants = await findRemnants(jsm, streamName);
  if (remnants.length > 0) {
    return failed("event stream", describeLoss(streamName, remnants), RESTORE_ADVICE);
  }
  const found = `there is no stream "${streamName}", nor another on "${subjects.events}"`;
  const todo = "was there one? Then stop all instances and run person-service restore. " +
    "For a new system: person-service setup with an operator's login";
  return failed("event stream", found, todo);
}

function describeStream(stream: StreamInfo): Finding {
  const { config: { name }, state: { messages, last_seq: last } } = stream;
  return ok("event stream", `"${name}", ${messages} events, the last at ${last}`);
}

function* checkSettings(
  { config: stream }: StreamInfo,
  { config, subjects }: Examination,
): Generator<Finding> {
  const { dangers, additions } = inspectStream(stream, subjects);
  for (const { setting, consequence, mend, refusedAlways } of dangers) {
    const judge = config.allowUnsafeStream && !refusedAlways ? warning : failed;
    yield judge("stream settings", `${setting}: ${consequence}`, mend);
  }
  const lacking = Object.keys(additions);
  if (lacking.length > 0) {
    const todo = "run person-service setup with an operator's login";
    yield warning("stream settings", `lacks ${lacking.join(", ")}`, todo);
  }
  if (dangers.length + lacking.length === 0) yield ok("stream settings", "safe");
}

/** The service never deletes: sequences without a message were deleted by hand, expired or lost. */
function checkMissing({ state }: StreamInfo): Finding {
  const { first_seq: first, last_seq: last, messages, lost } = state;
  const todo = "find out who deleted them, and restore a backup if they were events";
  if (lost) {
    return failed("missing messages", `the server lost ${lost.msgs?.length ?? 0} messages`, todo);
  }
  const missing = last - messages;
  if (missing === 0) return ok("missing messages", "none");
  const where = first > 1 ? `, ${first - 1} of them before the first that is there` : "";
  return warning("missing messages", `${missing} are gone${where}`, todo);
}
