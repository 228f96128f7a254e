/**
 * Reads the configuration from environment variables.
 *
 * @module
 */
import type { z } from "zod";
import {
  type Auth,
  readAuth,
  readTlsFiles,
  type Surroundings,
  type TlsFiles,
  tlsMistakes,
  type Variables,
} from "./config_login.ts";
import { Environment, misspeltSettings } from "./config_settings.ts";

/** What the service runs with. */
export interface Config {
  /** `host:port` of each server, without user info. */
  natsUrls: string[];
  /** Whether a connection without TLS is to be refused. */
  natsTls: boolean;
  /** How to log in. */
  auth: Auth;
  /** The files for TLS. */
  tls: TlsFiles;
  /** The stream that holds the events. */
  streamName: string;
  /** Whether `STREAM_NAME` was left unset, so that another stream may be adopted. */
  streamNameIsDefault: boolean;
  /** Least level that is logged. */
  logLevel: "trace" | "debug" | "info" | "warn" | "error";
  /** How log lines are written. */
  logFormat: "json" | "text";
  /** Whether stderr goes to the journal, which wants a priority before each line. */
  underSystemd: boolean;
  /** Events of a person between snapshots. */
  snapshotFrequency: number;
  /** First tokens of every subject, without a dot at the end. */
  subjectPrefix: string;
  /** Age at which the stream drops events; 0 = never. */
  eventMaxAgeMs: number;
  /** Copies of the stream. */
  streamReplicas: number;
  /** Whether to serve on a stream that can lose events. */
  allowUnsafeStream: boolean;
  /** Whether commands are also taken from the inbox stream. */
  durableCommands: boolean;
  /** Time until a command is answered, whatever happened. */
  commandTimeoutMs: number;
  /** Time from the signal to stop until the process ends. */
  shutdownTimeoutMs: number;
  /** Commands worked on at once. */
  maxInFlight: number;
  /** Commands waiting at once. */
  maxQueued: number;
  /** Memory for loaded persons. */
  cacheBytes: number;
  /** Times a command is decided again after a conflict. */
  maxConflictRetries: number;
  /** What the operator should hear about although it stops nothing. */
  warnings: string[];
}

/** The configuration has mistakes; the message lists them all, without secrets. */
export class ConfigError extends Error {
  /** Tells this class apart in logs. */
  override name = "ConfigError";
  /** Each names the variable, what was found and what to write. */
  readonly mistakes: readonly string[];

  /** Lists the mistakes, one a line. */
  constructor(mistakes: readonly string[], options?: ErrorOptions) {
    super(
      `Configuration cannot be used:\n${mistakes.map((each) => `  ${each}`).join("\n")}`,
      options,
    );
    this.mistakes = mistakes;
  }
}

/**
 * Reads all settings; an empty variable counts as unset.
 *
 * @throws {ConfigError} carrying every mistake at once
 */
export function loadConfig(
  env: Record<string, string | undefined>,
  surroundings: Surroundings = thisProcess,
): Config {
  const variables = withoutEmpty(env);
  const parsed = Environment.safeParse(variables);
  // Read by itself, so that a mistake elsewhere doesn't hide one about the login.
  const natsUrl = Environment.shape.NATS_URL.safeParse(variables["NATS_URL"]).data;
  const auth = readAuth(variables, natsUrl?.login, surroundings);
  const tls = readTlsFiles(variables, surroundings);
  const mistakes = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`),
    ...auth.mistakes,
    ...tls.mistakes,
    ...tlsMistakes(variables, natsUrl?.tls ?? false, surroundings),
    ...maxAgeMistakes(variables),
  ];
  const warnings = misspeltSettings(variables);
  if (!parsed.success || mistakes.length > 0) throw new ConfigError([...mistakes, ...warnings]);
  const settings = parsed.data;
  const tlsFilesGiven = Object.keys(tls.value).length > 0;
  // A terminal's shell may have these two from the desktop session that systemd started.
  const underSystemd = !surroundings.inTerminal &&
    (variables["INVOCATION_ID"] ?? variables["JOURNAL_STREAM"]) !== undefined;
  return {
    natsUrls: settings.NATS_URL.addresses,
    natsTls: settings.NATS_URL.tls || tlsFilesGiven,
    auth: auth.value,
    tls: tls.value,
    ...plainSettings(settings),
    streamNameIsDefault: variables["STREAM_NAME"] === undefined,
    logFormat: settings.LOG_FORMAT ?? (underSystemd ? "json" : "text"),
    underSystemd,
    warnings,
  };
}

function plainSettings(settings: z.output<typeof Environment>) {
  return {
    streamName: settings.STREAM_NAME,
    logLevel: settings.LOG_LEVEL,
    snapshotFrequency: settings.SNAPSHOT_FREQ,
    subjectPrefix: settings.SUBJECT_PREFIX,
    eventMaxAgeMs: settings.EVENT_MAX_AGE,
    streamReplicas: settings.STREAM_REPLICAS,
    allowUnsafeStream: settings.ALLOW_UNSAFE_STREAM,
    durableCommands: settings.DURABLE_COMMANDS,
    commandTimeoutMs: settings.COMMAND_TIMEOUT,
    shutdownTimeoutMs: settings.SHUTDOWN_TIMEOUT,
    maxInFlight: settings.MAX_IN_FLIGHT,
    maxQueued: settings.MAX_QUEUED,
    cacheBytes: settings.CACHE_BYTES,
    maxConflictRetries: settings.MAX_CONFLICT_RETRIES,
  };
}

/** A stream that forgets makes persons vanish, so one word for it is not enough. */
function maxAgeMistakes(variables: Variables): string[] {
  const { EVENT_MAX_AGE, ALLOW_UNSAFE_STREAM } = Environment.shape;
  const maxAgeMs = EVENT_MAX_AGE.safeParse(variables["EVENT_MAX_AGE"]).data ?? 0;
  const allowed = ALLOW_UNSAFE_STREAM.safeParse(variables["ALLOW_UNSAFE_STREAM"]);
  if (maxAgeMs === 0 || allowed.data !== false) return [];
  return [
    `EVENT_MAX_AGE: found "${variables["EVENT_MAX_AGE"]}", which deletes older events and the ` +
    "persons they make up; unset it, or accept the loss with ALLOW_UNSAFE_STREAM=true",
  ];
}

const thisProcess: Surroundings = {
  denoVersion: Deno.version.deno,
  get inTerminal() {
    return Deno.stderr.isTerminal();
  },
  whyUnreadable(path) {
    try {
      using file = Deno.openSync(path);
      return file.statSync().isDirectory ? "a folder" : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "no such file";
      return "may not be read";
    }
  },
};

function withoutEmpty(env: Record<string, string | undefined>): Variables {
  const set = Object.entries(env).flatMap(([name, value]) => value ? [[name, value]] : []);
  return Object.fromEntries(set);
}
