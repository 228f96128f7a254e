/**
 * The streams behind durable commands: the inbox, what became of each command, and what was no command.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { MAX_COMMAND_BYTES } from "../command_codec.ts";
import { isPermissionViolation, StartupRefused } from "../startup_refused.ts";
import { isFinal } from "../stream.ts";
import { findByName, type StreamSettings } from "../stream_lookup.ts";
import { durableStreamsOf, subjectsOf } from "../subjects.ts";

const logger = getLogger(["person-service", "inbox"]);

/** Beyond the largest command, for its headers: larger ones are refused when they are published. */
const MAX_MESSAGE_BYTES = MAX_COMMAND_BYTES + 16 * 1024;
const OUTCOMES_KEPT_MS = 7 * 86_400_000;
/**
 * The shortest that the server takes. It drops a second message of the same id whatever person it is for, although an
 * id is scoped to the person; the person itself knows which commands it has had.
 */
const INBOX_DUPLICATE_WINDOW_MS = 100;
/** A letter that was stored while its message could not be taken away is not stored again within this time. */
const LETTER_DUPLICATE_WINDOW_MS = 86_400_000;

/** What has to be done about one of the streams. `create` is what the server is asked to make. */
export type DurableStreamPlan = { name: string; create: Partial<StreamConfig> | null };

type NewStream = Partial<StreamConfig> & { name: string; subjects: string[] };

/**
 * Looks for the streams, and tells which have to be made.
 * Throws `StartupRefused` for one that would lose what was acknowledged.
 *
 * @param streamName that of the events' stream, after which the others are named
 */
export async function planDurableStreams(
  jsm: JetStreamManager,
  streamName: string,
  settings: StreamSettings,
): Promise<DurableStreamPlan[]> {
  const plans: DurableStreamPlan[] = [];
  for (const wanted of streamsFor(streamName, settings)) {
    const info = await findByName(jsm, wanted.name);
    if (info !== null) refuseUnfit(info.config, wanted, settings.allowUnsafeStream);
    plans.push({ name: wanted.name, create: info === null ? wanted : null });
  }
  return plans;
}

/** Makes what is missing. Throws `StartupRefused` where this login may not. */
export async function applyDurableStreamPlan(
  jsm: JetStreamManager,
  plans: DurableStreamPlan[],
): Promise<void> {
  for (const { name, create } of plans) {
    if (create === null) continue;
    try {
      await jsm.streams.add({ ...create, name });
      logger.info("Stream {stream} made for {subjects}", { stream: name, ...create });
    } catch (error) {
      throw asRefusal(error, name);
    }
  }
}

function streamsFor(streamName: string, settings: StreamSettings): NewStream[] {
  const names = durableStreamsOf(streamName);
  const { inbox, outcomes, deadLetters } = subjectsOf(settings.subjectPrefix);
  const common = {
    storage: StorageType.File,
    num_replicas: settings.streamReplicas,
    allow_direct: true,
    compression: StoreCompression.S2,
  };
  return [{
    ...common,
    name: names.inbox,
    subjects: [inbox],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    max_msg_size: MAX_MESSAGE_BYTES,
    duplicate_window: nanos(INBOX_DUPLICATE_WINDOW_MS),
  }, {
    ...common,
    name: names.outcomes,
    subjects: [outcomes],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(OUTCOMES_KEPT_MS),
    max_msgs_per_subject: 1,
  }, {
    ...common,
    name: names.deadLetters,
    subjects: [deadLetters],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    duplicate_window: nanos(LETTER_DUPLICATE_WINDOW_MS),
  }];
}

/** Settings with which a stream loses what it acknowledged; `subjects` and what follows are never allowed. */
function refuseUnfit(found: StreamConfig, wanted: NewStream, allowUnsafeStream: boolean): void {
  const isInbox = wanted.retention === RetentionPolicy.Workqueue;
  const isLimited = found.max_age > 0 || found.max_msgs > 0 || found.max_bytes > 0;
  const lossy = [
    found.storage !== StorageType.File && "storage is not on disk",
    isInbox && found.retention === RetentionPolicy.Interest && "retention is interest",
    isInbox && found.max_age > 0 && "max_age is set",
    isInbox && isLimited && found.discard !== DiscardPolicy.New && "the oldest are discarded",
  ].filter((problem) => problem !== false);
  const unusable = [
    found.subjects?.join() !== wanted.subjects.join() &&
    `its subjects are not "${wanted.subjects.join()}"`,
    found.no_ack && "it acknowledges nothing",
    found.sealed && "it is sealed",
    found.subject_transform !== undefined && "it changes subjects",
  ].filter((problem) => typeof problem === "string");
  if (unusable.length > 0 || (lossy.length > 0 && !allowUnsafeStream)) {
    const problems = [...unusable, ...lossy].join("; ");
    throw new StartupRefused(
      `Stream "${found.name}" is not fit for durable commands: ${problems}. Mend it with "nats stream edit ${found.name}", or remove it once it is empty and run person-service setup`,
    );
  }
  for (const problem of lossy) {
    logger.warn("Unsafe stream {stream}: {problem}", { stream: found.name, problem });
  }
}

function asRefusal(error: unknown, name: string): unknown {
  if (isPermissionViolation(error)) {
    return new StartupRefused(
      `This login may not make the stream "${name}". Run once, with an operator's login: person-service setup, with DURABLE_COMMANDS=true`,
      { cause: error },
    );
  }
  if (error instanceof JetStreamApiError && isFinal(error)) {
    return new StartupRefused(
      `The server refuses to make the stream "${name}" (error ${error.code}): ${error.message}`,
      { cause: error },
    );
  }
  return error;
}
