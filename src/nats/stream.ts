import { getLogger } from "@logtape/logtape";
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { millis, nanos, type NatsConnection } from "@nats-io/transport-node";
import { LEAST_SERVER_VERSION, refuseServer } from "./server_requirements.ts";
import { isPermissionViolation, StartupRefused } from "./startup_refused.ts";
import {
  findByName,
  findBySubject,
  refuseNestedPrefix,
  refuseStreamOnCommands,
  type StreamSettings,
} from "./stream_lookup.ts";
import { type Danger, inspectStream } from "./stream_safety.ts";
import { type Subjects, subjectsOf } from "./subjects.ts";

const logger = getLogger(["person-service", "stream"]);

/** Within this window the server itself drops a second event of the same command. */
const DUPLICATE_WINDOW_MS = 120_000;

/** The stream that holds the events. */
export type EventStream = {
  name: string;
  /** When it was made, as the server says it: another value is another stream of the same name. */
  created: string;
  lastSequence: number;
};

/** What has to be done before the stream can be used. `update` and `create` are what the server is asked to set. */
export type StreamPlan =
  | { action: "use"; info: StreamInfo }
  | { action: "update"; info: StreamInfo; update: Partial<StreamConfig> }
  | { action: "create"; create: Partial<StreamConfig> };

/**
 * Finds the stream by name, then by subject, and tells what has to be done about it.
 * Throws `StartupRefused` for a server or a stream that would lose events.
 */
export async function planStream(
  nc: NatsConnection,
  jsm: JetStreamManager,
  settings: StreamSettings,
): Promise<StreamPlan> {
  refuseServer(nc.info);
  const subjects = subjectsOf(settings.subjectPrefix);
  await refuseNestedPrefix(jsm, settings);
  await refuseStreamOnCommands(jsm, subjects);
  const info = await findByName(jsm, settings.streamName) ??
    await findBySubject(jsm, subjects, settings);
  if (info === null) return { action: "create", create: newStreamConfig(settings, subjects) };
  const { additions, dangers } = inspectStream(info.config, subjects);
  refuseDangers(info.config.name, dangers, settings.allowUnsafeStream);
  warnOfReplicas(info.config, settings.streamReplicas);
  return Object.keys(additions).length === 0
    ? { action: "use", info }
    : { action: "update", info, update: additions };
}

/** Carries the plan out. Throws `StartupRefused` where this login may not. */
export async function applyStreamPlan(
  jsm: JetStreamManager,
  plan: StreamPlan,
): Promise<EventStream> {
  const info = await applied(jsm, plan);
  if (info.config.allow_atomic !== true) {
    throw new StartupRefused(
      `The server that holds stream "${info.config.name}" is too old: it does not know allow_atomic. Needed: nats-server ${
        LEAST_SERVER_VERSION.join(".")
      } or newer on every server of the cluster`,
    );
  }
  return eventStreamOf(info);
}

async function applied(jsm: JetStreamManager, plan: StreamPlan): Promise<StreamInfo> {
  try {
    switch (plan.action) {
      case "use":
        return plan.info;
      case "update": {
        const { name } = plan.info.config;
        const info = await jsm.streams.update(name, { ...plan.info.config, ...plan.update });
        logger.info("Stream {stream} updated: {update}", { stream: name, update: plan.update });
        return info;
      }
      case "create": {
        const info = await jsm.streams.add({ name: "", ...plan.create });
        const { name: stream, subjects, max_age } = info.config;
        logger.info("Stream {stream} made for {subjects}", { stream, subjects });
        if (max_age > 0) {
          logger.warn("Events older than {days} days will be deleted, and persons with them", {
            days: millis(max_age) / 86_400_000,
          });
        }
        return info;
      }
    }
  } catch (error) {
    if (isPermissionViolation(error)) {
      throw new StartupRefused(
        `This login may not ${plan.action} the stream. Run once, with an operator's login: person-service setup`,
        { cause: error },
      );
    }
    if (error instanceof JetStreamApiError && isFinal(error)) {
      throw new StartupRefused(
        `The server refuses to ${plan.action} the stream (error ${error.code}): ${error.message}`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** Whether the server would say the same again: a setting it can't have, not a cluster that is not yet whole. */
export function isFinal({ code, status }: JetStreamApiError): boolean {
  const noSuitablePeers = 10005;
  const invalidConfig = 10052;
  const replicasWithoutCluster = 10074;
  return (status === 400 && code !== noSuitablePeers) || code === invalidConfig ||
    code === replicasWithoutCluster;
}

function eventStreamOf(info: StreamInfo): EventStream {
  return {
    name: info.config.name,
    created: info.created,
    lastSequence: info.state.last_seq,
  };
}

function refuseDangers(stream: string, dangers: Danger[], allowUnsafeStream: boolean): void {
  const refused = dangers.filter((danger) => danger.refusedAlways || !allowUnsafeStream);
  if (refused.length > 0) {
    const canBeAllowed = refused.every((danger) => !danger.refusedAlways);
    throw new StartupRefused(
      [
        `Stream "${stream}" is not safe for events:`,
        ...refused.map(({ setting, consequence, mend }) =>
          `  ${setting}: ${consequence}\n    mend it: ${mend}`
        ),
        ...(canBeAllowed ? ["  or accept the loss of events: ALLOW_UNSAFE_STREAM=true"] : []),
      ].join("\n"),
    );
  }
  for (const danger of dangers) {
    logger.warn("Unsafe stream {stream}: {setting} {consequence}", { stream, ...danger });
  }
}

/** Not changed by the service: it would move all data between servers. */
function warnOfReplicas({ name: stream, num_replicas: found }: StreamConfig, wanted: number): void {
  if (found >= wanted) return;
  logger.warn(
    "Stream {stream} has {found} replicas, not {wanted}: nats stream edit {stream} --replicas={wanted}",
    { stream, found, wanted },
  );
}

function newStreamConfig(settings: StreamSettings, subjects: Subjects): Partial<StreamConfig> {
  return {
    name: settings.streamName,
    subjects: [subjects.events],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: settings.streamReplicas,
    discard: DiscardPolicy.New,
    max_age: nanos(settings.eventMaxAgeMs),
    max_msgs: -1,
    max_bytes: -1,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    deny_delete: true,
    deny_purge: true,
    allow_rollup_hdrs: false,
    allow_direct: true,
    allow_atomic: true,
    compression: StoreCompression.S2,
  };
}
