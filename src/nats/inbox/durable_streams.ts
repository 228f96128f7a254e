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
import { type DurableStreamKind, type Flaw, flawsOf } from "./durable_stream_flaws.ts";

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

/** One of the streams as it was found: what is wrong with it; null where there is none. */
export type FoundDurableStream = { name: string; flaws: Flaw[] | null };

type NewStream = Partial<StreamConfig> & { name: string; subjects: string[] };
type WantedStream = { kind: DurableStreamKind; config: NewStream };

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
  for (const { kind, config } of streamsFor(streamName, settings)) {
    const flaws = await findFlaws(jsm, kind, config);
    if (flaws !== null) refuseUnfit(config.name, flaws, settings.allowUnsafeStream);
    plans.push({ name: config.name, create: flaws === null ? config : null });
  }
  return plans;
}

/** Looks for the streams, and tells what is wrong with each. */
export async function inspectDurableStreams(
  jsm: JetStreamManager,
  streamName: string,
  settings: StreamSettings,
): Promise<FoundDurableStream[]> {
  const found: FoundDurableStream[] = [];
  for (const { kind, config } of streamsFor(streamName, settings)) {
    found.push({ name: config.name, flaws: await findFlaws(jsm, kind, config) });
  }
  return found;
}

/** Whether the service does not start on a stream with such a flaw. */
export function isRefusedAt(severity: Flaw["severity"], allowUnsafeStream: boolean): boolean {
  return severity === "unusable" || (severity === "lossy" && !allowUnsafeStream);
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

async function findFlaws(
  jsm: JetStreamManager,
  kind: DurableStreamKind,
  wanted: NewStream,
): Promise<Flaw[] | null> {
  const info = await findByName(jsm, wanted.name);
  return info === null ? null : flawsOf(kind, info.config, wanted);
}

function streamsFor(streamName: string, settings: StreamSettings): WantedStream[] {
  const names = durableStreamsOf(streamName);
  const { inbox, outcomes, deadLetters } = subjectsOf(settings.subjectPrefix);
  const common = {
    storage: StorageType.File,
    num_replicas: settings.streamReplicas,
    allow_direct: true,
    compression: StoreCompression.S2,
  };
  const ofInbox = {
    ...common,
    name: names.inbox,
    subjects: [inbox],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    max_msg_size: MAX_MESSAGE_BYTES,
    duplicate_window: nanos(INBOX_DUPLICATE_WINDOW_MS),
  };
  const ofOutcomes = {
    ...common,
    name: names.outcomes,
    subjects: [outcomes],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(OUTCOMES_KEPT_MS),
    max_msgs_per_subject: 1,
  };
  const ofDeadLetters = {
    ...common,
    name: names.deadLetters,
    subjects: [deadLetters],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    duplicate_window: nanos(LETTER_DUPLICATE_WINDOW_MS),
  };
  return [
    { kind: "inbox", config: ofInbox },
    { kind: "outcomes", config: ofOutcomes },
    { kind: "dead letters", config: ofDeadLetters },
  ];
}

/** Throws for what is not served on, and warns of the rest. */
function refuseUnfit(name: string, flaws: Flaw[], allowUnsafeStream: boolean): void {
  const isRefused = flaws.some(({ severity }) => isRefusedAt(severity, allowUnsafeStream));
  if (isRefused) {
    const problems = flaws.filter(({ severity }) => severity !== "tolerated")
      .map(({ problem }) => problem).join("; ");
    throw new StartupRefused(
      `Stream "${name}" is not fit for durable commands: ${problems}. Mend it with "nats stream edit ${name}", or remove it once it is empty and run person-service setup`,
    );
  }
  for (const { problem, mend } of flaws) {
    logger.warn("Unsafe stream {stream}: {problem}; mend it: {mend}", {
      stream: name,
      problem,
      mend,
    });
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
