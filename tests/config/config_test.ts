import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Config, ConfigError, loadConfig } from "../../src/config.ts";
import { assertThat } from "../support/assert_that.ts";
import { load, mistakesOf } from "../support/config.ts";

Deno.test("Config: given an empty environment, when loaded, then every default holds", () => {
  assertEquals(load({}), DEFAULTS);
});

Deno.test("Config: given empty variables, when loaded, then they count as unset", () => {
  const env = { NATS_URL: "", STREAM_NAME: "", NATS_PASSWORD: "", MAX_IN_FLIGHT: "" };
  assertEquals(load(env), DEFAULTS);
});

Deno.test("Config: given every setting, when loaded, then every value is taken", () => {
  const config = load({
    NATS_URL: "tls://a.example, tls://b.example:4443",
    STREAM_NAME: "PEOPLE-2",
    LOG_LEVEL: "DEBUG",
    SNAPSHOT_FREQ: "7",
    SUBJECT_PREFIX: "person.prod",
    EVENT_MAX_AGE: "365d",
    STREAM_REPLICAS: "3",
    ALLOW_UNSAFE_STREAM: "true",
    DURABLE_COMMANDS: "true",
    NATS_CREDS_FILE: "/etc/person.creds",
    NATS_TLS_CA: "/etc/ca.pem",
    NATS_TLS_CERT: "/etc/cert.pem",
    NATS_TLS_KEY: "/etc/key.pem",
    LOG_FORMAT: "json",
    COMMAND_TIMEOUT: "500ms",
    SHUTDOWN_TIMEOUT: "2m",
    MAX_IN_FLIGHT: "1",
    MAX_QUEUED: "2",
    CACHE_BYTES: "64KiB",
    MAX_CONFLICT_RETRIES: "0",
  });
  assertEquals(config, {
    natsUrls: ["a.example:4222", "b.example:4443"],
    natsTls: true,
    auth: { kind: "creds", file: "/etc/person.creds" },
    tls: { caFile: "/etc/ca.pem", certFile: "/etc/cert.pem", keyFile: "/etc/key.pem" },
    streamName: "PEOPLE-2",
    streamNameIsDefault: false,
    logLevel: "debug",
    logFormat: "json",
    underSystemd: false,
    snapshotFrequency: 7,
    subjectPrefix: "person.prod",
    eventMaxAgeMs: 31_536_000_000,
    streamReplicas: 3,
    allowUnsafeStream: true,
    durableCommands: true,
    commandTimeoutMs: 500,
    shutdownTimeoutMs: 120_000,
    maxInFlight: 1,
    maxQueued: 2,
    cacheBytes: 65_536,
    maxConflictRetries: 0,
    warnings: [],
  });
});

Deno.test("Config: given many mistakes, when loaded, then all are listed at once", () => {
  const error = assertThrows(() =>
    load({
      NATS_URL: "nats://u:hunter2@host/path",
      LOG_LEVEL: "loud",
      SNAPSHOT_FREQ: "0",
      COMMAND_TIMEOUT: "10",
      CACHE_BYTES: "128MB",
      ALLOW_UNSAFE_STREAM: "maybe",
      NATS_CREDS_FILE: "/missing",
      NATS_TLS_CA: "/secret",
      NATS_USER: "me",
      NATS_TOKEN: "hunter2",
    }), ConfigError);
  assertEquals(error.mistakes, [
    'NATS_URL: found an unusable URL (hidden, for it has user info); write "nats://host:4222" or "tls://host:4222"',
    'LOG_LEVEL: found "loud"; write one of trace, debug, info, warn, error',
    'SNAPSHOT_FREQ: found "0"; write a whole number from 1 to 1000000',
    'ALLOW_UNSAFE_STREAM: found "maybe"; write "true" or "false"',
    'COMMAND_TIMEOUT: found "10"; write a duration from 100ms to 1h such as "500ms", "5s", "2m" ' +
    'or "30d"',
    'CACHE_BYTES: found "128MB"; write a number of bytes such as "65536", "64KiB" or "128MiB"',
    'NATS_CREDS_FILE: found "/missing" (no such file); write the path of a readable file',
    "NATS_PASSWORD: found nothing, though NATS_USER is set; set both or neither",
    "NATS_*: found several ways to log in (NATS_CREDS_FILE, NATS_USER with NATS_PASSWORD, " +
    "NATS_TOKEN); keep one",
    'NATS_TLS_CA: found "/secret" (may not be read); write the path of a readable file',
  ]);
  for (const mistake of error.mistakes) assertStringIncludes(error.message, mistake);
});

Deno.test("Config: given misspelt variables beside mistakes, when loaded, then all are listed at once", () => {
  assertEquals(mistakesOf({ SNAPSHOT_FREQ: "0", STREAM_REPLICA: "3", HOME: "/root" }), [
    'SNAPSHOT_FREQ: found "0"; write a whole number from 1 to 1000000',
    "STREAM_REPLICA is no setting and is ignored; there is STREAM_NAME, STREAM_REPLICAS",
  ]);
});

Deno.test("Config: given TLS, when Deno is too old for it, then it is refused, however TLS was asked for", () => {
  const refused = [
    "NATS_URL, NATS_TLS_*: found TLS, for which Deno 2.8.3 is too old; run this with Deno 2.9 or " +
    "newer, or an executable compiled with that",
  ];
  const mistakesWith = (denoVersion: string, env: Record<string, string>) => {
    const surroundings = { whyUnreadable: () => undefined, inTerminal: false, denoVersion };
    try {
      loadConfig(env, surroundings);
      return [];
    } catch (error) {
      assertThat(error instanceof ConfigError);
      return error.mistakes;
    }
  };
  for (const env of [{ NATS_URL: "tls://host" }, { NATS_TLS_CA: "/etc/ca.pem" }]) {
    assertEquals(mistakesWith("2.8.3", env), refused);
    assertEquals(mistakesWith("2.9.0", env), []);
    assertEquals(mistakesWith("2.10.0-rc.1", env), []);
    assertEquals(mistakesWith("3.0.0", env), []);
  }
  assertEquals(mistakesWith("2.8.3", { NATS_URL: "nats://host" }), []);
});

Deno.test("Config: given a maximum age, when losing events isn't allowed, then it is refused", () => {
  assertEquals(mistakesOf({ EVENT_MAX_AGE: "365d" }), [
    'EVENT_MAX_AGE: found "365d", which deletes older events and the persons they make up; ' +
    "unset it, or accept the loss with ALLOW_UNSAFE_STREAM=true",
  ]);
  assertEquals(load({ EVENT_MAX_AGE: "0s" }), DEFAULTS);
});

Deno.test("Config: given systemd's variables, when loaded, then logs are made for the journal", () => {
  const env = { INVOCATION_ID: "x", JOURNAL_STREAM: "8:1" };
  const config = load(env);
  assertEquals(config, {
    ...DEFAULTS,
    underSystemd: true,
    logFormat: "json",
  });
  assertEquals(load({ ...env, LOG_FORMAT: "text" }).logFormat, "text");
  const inTerminal = loadConfig(env, {
    whyUnreadable: () => undefined,
    inTerminal: true,
    denoVersion: Deno.version.deno,
  });
  assertEquals([inTerminal.underSystemd, inTerminal.logFormat], [false, "text"]);
});

Deno.test("Config: given subject prefixes and stream names, when illegal, then they are refused", () => {
  for (
    const SUBJECT_PREFIX of ["a.*", "a.>", "a b", ".a", "a.", "a..b", "$JS.API", "a\tb", "a\u0000"]
  ) {
    assertEquals(mistakesOf({ SUBJECT_PREFIX }).length, 1, SUBJECT_PREFIX);
  }
  for (const STREAM_NAME of ["a.b", "a b", "*", "ä", "a/b", "a".repeat(201)]) {
    assertEquals(mistakesOf({ STREAM_NAME }).length, 1, STREAM_NAME);
  }
  assertEquals(load({ SUBJECT_PREFIX: "persona.größe-1" }).subjectPrefix, "persona.größe-1");
});

Deno.test("Config: given numbers, when out of range or not whole, then they are refused", () => {
  for (const text of ["-1", "1.5", "1e3", "six", " 1", "0x10", "99999999999999999999"]) {
    assertEquals(mistakesOf({ MAX_IN_FLIGHT: text }).length, 1, text);
    assertEquals(mistakesOf({ COMMAND_TIMEOUT: `${text}s` }).length, 1, text);
    assertEquals(mistakesOf({ CACHE_BYTES: `${text}MiB` }).length, 1, text);
  }
  assertEquals(mistakesOf({ STREAM_REPLICAS: "6" }).length, 1);
});

const DEFAULTS: Config = {
  natsUrls: ["localhost:4222"],
  natsTls: false,
  auth: { kind: "none" },
  tls: {},
  streamName: "PERSON_EVENTS",
  streamNameIsDefault: true,
  logLevel: "info",
  logFormat: "text",
  underSystemd: false,
  snapshotFrequency: 100,
  subjectPrefix: "person",
  eventMaxAgeMs: 0,
  streamReplicas: 1,
  allowUnsafeStream: false,
  durableCommands: false,
  commandTimeoutMs: 10_000,
  shutdownTimeoutMs: 15_000,
  maxInFlight: 256,
  maxQueued: 10_000,
  cacheBytes: 134_217_728,
  maxConflictRetries: 10,
  warnings: [],
};
