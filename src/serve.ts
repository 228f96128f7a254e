import { setTimeout as delay } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import type { NatsConnection } from "@nats-io/transport-node";
import project from "../deno.json" with { type: "json" };
import type { CommandDependencies } from "./application/handle_command.ts";
import { PastCommands } from "./application/past_commands.ts";
import { PersonCache } from "./application/person_cache.ts";
import { FIXED_QUEUE_LIMITS, PersonQueues } from "./application/person_queues.ts";
import { SnapshotWriter } from "./application/snapshot_writer.ts";
import { describeBuild } from "./build.ts";
import { systemClock as clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { toggleDebug } from "./log.ts";
import { CommandEndpoint } from "./nats/command_endpoint.ts";
import type { ExecutionOptions } from "./nats/command_execution.ts";
import { connect } from "./nats/connect.ts";
import { type EventStorage, openEventStorage } from "./nats/event_storage.ts";
import { openInbox } from "./nats/inbox/open_inbox.ts";
import { answerServiceInfo } from "./nats/service_info.ts";
import { subjectsOf } from "./nats/subjects.ts";
import { startWatchdog } from "./systemd.ts";
import { UnitStatus } from "./unit_status.ts";

const logger = getLogger(["person-service"]);

/** Without NATS for so long after the start, systemd is told that the service is up and waits. */
const READY_WITHOUT_NATS_MS = 10_000;

/** What this process knows of persons, and could read again. */
type Memory = Pick<CommandDependencies, "cache" | "past">;

/** What runs, and how to end it. */
type Service = {
  streamName: string;
  /** All connections to NATS. */
  connections: NatsConnection[];
  /** Answers what was taken, writes what waits, closes the connections. */
  close: () => Promise<void>;
  /** Rejects when the service must not go on. */
  failed: Promise<never>;
};

/**
 * Serves commands until SIGTERM or SIGINT, then answers what it took and returns.
 * Throws `StartupRefused` when what it found can't be served on.
 */
export async function serve(config: Config): Promise<void> {
  const startedMs = performance.now();
  logger.info("Starting {build}", { build: describeBuild() });
  for (const warning of config.warnings) logger.warn("Configuration: {warning}", { warning });
  const stopped = signalled(["SIGTERM", "SIGINT"]);
  const { commands } = subjectsOf(config.subjectPrefix);
  const status = new UnitStatus(config, commands);
  Deno.addSignalListener("SIGHUP", () => status.reload(toggleDebug));
  using _watchdog = startWatchdog();
  const waiting = setTimeout(() => {
    logger.warn("NATS at {urls} gives no answer yet: trying again", { urls: config.natsUrls });
    status.waiting();
  }, READY_WITHOUT_NATS_MS);
  const service = await Promise.race([open(config), stopped]).finally(() => clearTimeout(waiting));
  if (service === undefined) return;
  logger.info("Serving {commands}, ready after {readyMs} ms", {
    commands,
    readyMs: Math.round(performance.now() - startedMs),
  });
  await status.serving(service.streamName, service.connections);
  try {
    await Promise.race([stopped, service.failed]);
  } finally {
    logger.info("Stopping: answering the commands taken so far");
    await status.stopping();
    await stopService(service, config.shutdownTimeoutMs);
  }
}

async function open(config: Config): Promise<Service> {
  // Two connections, so that a flood of commands does not cut off the stream.
  const connections = await Promise.all([
    connect(config, "person-service commands"),
    connect(config, "person-service stream", "outcomes"),
  ]);
  const [commandConnection, streamConnection] = connections;
  const failure = failureOf(connections);
  const memory = { cache: new PersonCache(config.cacheBytes), past: new PastCommands() };
  const storage = await openEventStorage(streamConnection, config, clock, {
    onRemade: (reason) => forgetAll(memory, reason),
    onRefused: failure.reject,
  });
  const snapshots = new SnapshotWriter(storage.snapshots, clock, config.snapshotFrequency);
  const execution: ExecutionOptions = {
    queues: new PersonQueues({ ...config, ...FIXED_QUEUE_LIMITS }, clock),
    dependencies: commandDependencies(config, storage, memory, snapshots),
    commandTimeoutMs: config.commandTimeoutMs,
  };
  const inbox = config.durableCommands
    ? await openInbox(streamConnection, storage.streamName, config, execution)
    : undefined;
  const endpoint = await answerCommands(commandConnection, config, execution);
  const close = async () => {
    await Promise.all([endpoint.drain(), inbox?.drain()]);
    await snapshots.flush();
    await Promise.all(connections.map((connection) => connection.drain()));
  };
  return { streamName: storage.streamName, connections, close, failed: failure.promise };
}

/** Rejects when a connection ends, or when told to. */
function failureOf(connections: NatsConnection[]): PromiseWithResolvers<never> {
  const failure = Promise.withResolvers<never>();
  for (const connection of connections) {
    connection.closed().then((error) =>
      failure.reject(error ?? new Error("The connection to NATS was closed"))
    );
  }
  // Whoever closes the connections on purpose no longer waits for failures.
  failure.promise.catch(() => {});
  return failure;
}

function forgetAll({ cache, past }: Memory, reason: string): void {
  cache.clear();
  past.clear();
  logger.error("The stream was remade or restored ({reason}): everything is read anew", {
    reason,
  });
}

/** Resolves when the server knows where commands are answered: not before is anything served. */
async function answerCommands(
  nc: NatsConnection,
  config: Config,
  execution: ExecutionOptions,
): Promise<CommandEndpoint> {
  const subjects = subjectsOf(config.subjectPrefix);
  const endpoint = new CommandEndpoint({ nc, subjects, ...execution });
  answerServiceInfo(nc, {
    id: crypto.randomUUID(),
    version: project.version,
    subjects,
    stats: () => endpoint.stats,
  });
  await nc.flush();
  return endpoint;
}

function commandDependencies(
  config: Config,
  storage: EventStorage,
  memory: Memory,
  snapshots: SnapshotWriter,
): CommandDependencies {
  return {
    stores: storage,
    ...memory,
    clock,
    maxConflictRetries: config.maxConflictRetries,
    onStored: (person) => {
      storage.saw(person.head);
      snapshots.offer(person);
    },
    onLoaded: (person, eventsRead) => snapshots.offerLoaded(person, eventsRead),
  };
}

async function stopService(service: Service, timeoutMs: number): Promise<void> {
  const timeout = new AbortController();
  const late = delay(timeoutMs, "late", { signal: timeout.signal });
  try {
    // Draining a connection fails while NATS is away: there is nobody left to answer then.
    if (await Promise.race([service.close(), late]) === "late") {
      logger.error("Not everything was answered within {timeoutMs} ms", { timeoutMs });
    } else logger.info("Stopped");
  } catch (error) {
    logger.warn("Stopped without a word from NATS", { error });
  } finally {
    timeout.abort();
    late.catch(() => {});
  }
}

/** Resolves at the first of the signals. */
function signalled(signals: Deno.Signal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) Deno.addSignalListener(signal, () => resolve());
  });
}
