/**
 * Every setting: its variable, default, meaning and reader, declared once.
 *
 * @module
 */
import { z } from "zod";
import { maskUserInfo, natsServers } from "./config_nats_url.ts";
import { byteSize, durationMs, matching, oneOf, wholeNumber, yesOrNo } from "./config_readers.ts";

/** One environment variable. */
export interface Setting {
  /** The variable. */
  name: string;
  /** What counts while it is unset; a phrase where that depends on the environment. */
  default: string;
  /** One line, for the README and the environment example. */
  description: string;
  /** Whether its value is never to be shown. */
  secret: boolean;
}

const descriptions = z.registry<Omit<Setting, "name">>();

/** Reads the environment, empty variables left out. Files and combinations are not checked here. */
export const Environment = z.object({
  NATS_URL: setting(
    natsServers(),
    "nats://localhost:4222",
    "NATS servers, comma-separated; nats:// or tls://, with user:password@ or token@ if need be",
  ),
  STREAM_NAME: setting(
    matching(/^[\w-]{1,200}$/, 'write letters, digits, "_" and "-"'),
    "PERSON_EVENTS",
    "JetStream stream that holds the events",
  ),
  LOG_LEVEL: setting(
    oneOf(["trace", "debug", "info", "warn", "error"]),
    "info",
    "Least level that is logged: trace, debug, info, warn or error",
  ),
  SNAPSHOT_FREQ: setting(wholeNumber(1, 1_000_000), "100", "Events of a person between snapshots"),
  SUBJECT_PREFIX: setting(
    // \p{C}: control characters and the like; \p{Z}: all kinds of blanks.
    matching(
      /^(?!\$)[^.*>\p{C}\p{Z}]+(\.[^.*>\p{C}\p{Z}]+)*$/u,
      'write names between dots such as "person" or "person.prod", no "*", ">" or blanks, no "$" first',
    ),
    "person",
    "First part of every subject: <prefix>.commands.>, <prefix>.events.>",
  ),
  EVENT_MAX_AGE: setting(
    durationMs("0", "36500d"),
    "0",
    "Age at which events are deleted, and persons with them; 0 = never. Needs ALLOW_UNSAFE_STREAM",
  ),
  STREAM_REPLICAS: setting(wholeNumber(1, 5), "1", "Copies of the stream; 3 for production"),
  ALLOW_UNSAFE_STREAM: setting(
    yesOrNo(),
    "false",
    "Serve on a stream that can lose events, with a warning instead of a refusal",
  ),
  DURABLE_COMMANDS: setting(
    yesOrNo(),
    "false",
    "Also take commands from <prefix>.inbox.>, kept in JetStream until they are done",
  ),
  NATS_CREDS_FILE: login("Credentials file (JWT and seed) to log in with"),
  NATS_USER: login("User to log in as, with NATS_PASSWORD"),
  NATS_PASSWORD: login("Password of NATS_USER", "secret"),
  NATS_TOKEN: login("Token to log in with", "secret"),
  NATS_NKEY_SEED_FILE: login("File with the nkey seed to log in with"),
  NATS_TLS_CA: login("CA certificates (PEM) to trust instead of the system's; demands TLS"),
  NATS_TLS_CERT: login("Client certificate (PEM), with NATS_TLS_KEY; demands TLS"),
  NATS_TLS_KEY: login("Key (PEM) of NATS_TLS_CERT"),
  LOG_FORMAT: described(
    oneOf(["json", "text"]).optional(),
    "json under systemd, else text",
    "Log lines as JSON or to be read: json or text",
  ),
  COMMAND_TIMEOUT: setting(
    durationMs("100ms", "1h"),
    "10s",
    "Time a command may take before the caller is told that its outcome is unknown",
  ),
  SHUTDOWN_TIMEOUT: setting(
    durationMs("0", "1h"),
    "15s",
    "Time for finishing the commands in flight when asked to stop",
  ),
  MAX_IN_FLIGHT: setting(wholeNumber(1, 100_000), "256", "Commands worked on at once"),
  MAX_QUEUED: setting(wholeNumber(1, 1_000_000), "10000", "Commands waiting before Overloaded"),
  CACHE_BYTES: setting(byteSize(), "128MiB", "Memory for loaded persons"),
  MAX_CONFLICT_RETRIES: setting(
    wholeNumber(0, 1000),
    "10",
    "Times a command is decided again after another writer was faster",
  ),
});

/** All settings, in the order in which they are documented. */
export const SETTINGS: readonly Setting[] = Object.entries(Environment.shape).flatMap(
  ([name, schema]) => {
    const description = descriptions.get(schema);
    return description === undefined ? [] : [{ name, ...description }];
  },
);

/** A variable's value as it may be shown: secrets and user info in a URL masked. */
export function shownValue(setting: Setting, value: string): string {
  if (setting.secret && value !== "") return "***";
  return setting.name === "NATS_URL" ? maskUserInfo(value) : value;
}

/** A warning for each variable that looks like a setting but is none, such as `NATS_URI`. */
export function misspeltSettings(env: Record<string, string | undefined>): string[] {
  const known = SETTINGS.map(({ name }) => name);
  const families = new Set(known.map(familyOf));
  // Kubernetes describes a service "nats" so to every pod (service links).
  const ofKubernetes = /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT(_\d+_\w+)?$/;
  return Object.keys(env)
    .filter((name) => families.has(familyOf(name)) && !known.includes(name))
    .filter((name) => name !== "NATS_SERVER" && !ofKubernetes.test(name))
    .map((name) => {
      const relatives = known.filter((other) => familyOf(other) === familyOf(name));
      return `${name} is no setting and is ignored; there is ${relatives.join(", ")}`;
    });
}

function familyOf(name: string): string {
  return name.slice(0, name.indexOf("_") + 1);
}

function setting<Value>(
  reader: z.ZodType<Value, string>,
  byDefault: string,
  description: string,
): z.ZodPrefault<z.ZodType<Value, string>> {
  return described(reader.prefault(byDefault), byDefault, description);
}

function login(description: string, secret?: "secret"): z.ZodOptional<z.ZodString> {
  return described(z.string().optional(), "", description, secret === "secret");
}

function described<Schema extends z.ZodType>(
  schema: Schema,
  byDefault: string,
  description: string,
  secret = false,
): Schema {
  descriptions.add(schema, { default: byDefault, description, secret });
  return schema;
}
