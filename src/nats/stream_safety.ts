import type { StreamConfig } from "@nats-io/jetstream";
import { republishesAmongOurs } from "./republish.ts";
import type { Subjects } from "./subjects.ts";

/** A setting with which an event store loses or falsifies events. */
export type Danger = {
  setting: string;
  /** What it would do to the events. */
  consequence: string;
  /** The command that mends it, or what else to do. */
  mend: string;
  /** Never served on, whatever the operator allows. */
  refusedAlways: boolean;
};

/** What must be done about a stream before events go into it. */
export type StreamReport = {
  /** Settings that can be added without losing anything, as an update of the stream. */
  additions: Partial<StreamConfig>;
  dangers: Danger[];
};

/** Largest message the service may have to store: an attribute replaced by another of a full command each, with headers. */
export const LEAST_MESSAGE_BYTES = 1024 * 1024;

type Rule = {
  setting: string;
  found: (config: StreamConfig, subjects: Subjects) => boolean;
  consequence: string;
  mend: (streamName: string) => string;
  refusedAlways?: true;
};

const RULES: Rule[] = [
  limit("max_age", (config) => config.max_age > 0, "--max-age=-1"),
  limit("max_msgs", (config) => config.max_msgs > 0, "--max-msgs=-1"),
  limit("max_bytes", (config) => config.max_bytes > 0, "--max-bytes=-1"),
  limit(
    "max_msgs_per_subject",
    (config) => config.max_msgs_per_subject > 0,
    "--max-msgs-per-subject=-1",
  ),
  {
    setting: "discard",
    found: (config) => config.discard !== "new",
    consequence: "drops the oldest events when the stream is full, in place of refusing new ones",
    mend: edited("--discard=new"),
  },
  {
    setting: "storage",
    found: (config) => config.storage !== "file",
    consequence: "loses every event when the server stops",
    mend: restoredWith('"storage": "file"'),
  },
  {
    setting: "retention",
    found: (config) => config.retention !== "limits",
    consequence: "removes events once they are consumed, or while nobody consumes them",
    mend: restoredWith('"retention": "limits"'),
  },
  {
    setting: "persist_mode",
    found: (config) => String(config.persist_mode ?? "default") === "async",
    consequence: "acknowledges events before they are written, and takes no batches",
    mend: restoredWith('"persist_mode": "default"'),
    refusedAlways: true,
  },
  {
    setting: "max_msg_size",
    found: (config) => config.max_msg_size > 0 && config.max_msg_size < LEAST_MESSAGE_BYTES,
    consequence: `refuses events under ${LEAST_MESSAGE_BYTES} bytes`,
    mend: edited("--max-msg-size=-1"),
  },
  {
    setting: "allow_rollup_hdrs",
    found: (config) => config.allow_rollup_hdrs === true,
    consequence: "lets one message delete all events of a person",
    mend: edited("--no-allow-rollup"),
  },
  {
    setting: "allow_msg_ttl",
    found: (config) => config.allow_msg_ttl === true,
    consequence: "lets single events expire",
    mend: restoredWith('"allow_msg_ttl": false'),
  },
  {
    setting: "subject_delete_marker_ttl",
    found: (config) => (config.subject_delete_marker_ttl ?? 0) > 0,
    consequence: "stores markers that are no events",
    mend: restoredWith('"subject_delete_marker_ttl": 0'),
  },
  {
    setting: "allow_msg_counter",
    found: (config) => config.allow_msg_counter === true,
    consequence: "turns messages into counters",
    mend: restoredWith('"allow_msg_counter": false'),
  },
  {
    setting: "allow_msg_schedules",
    found: (config) => config.allow_msg_schedules === true,
    consequence: "stores messages that no command caused",
    mend: restoredWith('"allow_msg_schedules": false'),
  },
  {
    setting: "sources",
    found: (config) => (config.sources ?? []).length > 0,
    consequence: "copies events in without the check that keeps each person's history in order",
    mend: restoredWith('"sources": []'),
  },
  {
    setting: "mirror",
    found: (config) => config.mirror !== undefined,
    consequence: "can't be written to",
    mend: () => "set STREAM_NAME to the stream that it is a mirror of",
  },
  {
    setting: "subject_transform",
    found: (config) => config.subject_transform !== undefined,
    consequence: "stores events under subjects where they are never found again",
    mend: restoredWith('"subject_transform": null'),
    refusedAlways: true,
  },
  {
    setting: "republish",
    found: (config, subjects) => republishesAmongOurs(config, subjects, config.name),
    consequence: "sends copies of events to subjects that the service takes for something else",
    mend: edited("--no-republish"),
    refusedAlways: true,
  },
  {
    setting: "no_ack",
    found: (config) => config.no_ack === true,
    consequence: "never says whether an event was stored",
    mend: edited("--ack"),
    refusedAlways: true,
  },
  {
    setting: "sealed",
    found: (config) => config.sealed === true,
    consequence: "stores nothing any more",
    mend: restoredWith('"sealed": false'),
    refusedAlways: true,
  },
  {
    setting: "subjects",
    found: ({ subjects }, { events }) => subjects?.length !== 1 || subjects[0] !== events,
    consequence: "misses events of ours, or holds messages that are not ours",
    // An edit would cut off whoever the stream is for, or hide the persons that are in it.
    mend: () => "set STREAM_NAME and SUBJECT_PREFIX to a stream and a prefix that belong together",
    refusedAlways: true,
  },
];

/**
 * What is lossy or wrong about a stream, and what can be added to it.
 * @param subjects those of the service; the stream may hold that of events alone
 */
export function inspectStream(config: StreamConfig, subjects: Subjects): StreamReport {
  const additions: Partial<StreamConfig> = {};
  for (const name of ["allow_direct", "allow_atomic", "deny_delete", "deny_purge"] as const) {
    if (config[name] !== true) additions[name] = true;
  }
  // The server refuses a stream that has both (error 10052).
  if (config.allow_rollup_hdrs) delete additions.deny_purge;
  const dangers = RULES.filter((rule) => rule.found(config, subjects)).map((rule) => ({
    setting: `${rule.setting} = ${describe(config, rule.setting)}`,
    consequence: rule.consequence,
    mend: rule.mend(config.name),
    refusedAlways: rule.refusedAlways === true,
  }));
  return { additions, dangers };
}

function limit(setting: string, found: Rule["found"], flags: string): Rule {
  return {
    setting,
    found,
    consequence: setting === "max_age"
      ? "deletes events when they reach that age: persons lose their history"
      : "limits what can be stored: new events are refused, or old ones deleted, when it is reached",
    mend: edited(flags),
  };
}

function describe(config: StreamConfig, setting: string): string {
  return JSON.stringify(Object.entries(config).find(([name]) => name === setting)?.[1]);
}

function edited(flags: string): Rule["mend"] {
  return (streamName) => `nats stream edit ${streamName} ${flags}`;
}

/** Operators may not publish events, so a new stream could not be filled; a backup has them as they are. */
function restoredWith(setting: string): Rule["mend"] {
  return (streamName) =>
    `can't be edited: stop all instances, person-service backup FOLDER, write ${setting} into FOLDER/${streamName}/backup.json, nats stream rm ${streamName}, person-service restore FOLDER`;
}
