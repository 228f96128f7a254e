/**
 * Settings with which a stream for durable commands loses what it is there for, or can't be used.
 *
 * @module
 */
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { republishesAmongOurs } from "../republish.ts";
import { LEAST_MESSAGE_BYTES } from "../stream_safety.ts";
import {
  type DurableStreamKind,
  INBOX_DUPLICATE_WINDOW_MS,
  MAX_MESSAGE_BYTES,
  type WantedStream,
} from "./durable_stream_settings.ts";

/** `unusable`: never served on; `lossy`: only with ALLOW_UNSAFE_STREAM; `tolerated`: with a warning. */
export type Severity = "unusable" | "lossy" | "tolerated";

/** A setting that does harm, and how to tell. */
export type Rule = {
  found: (config: StreamConfig, wanted: WantedStream) => boolean;
  /** Its severity for each kind of stream that the rule is for. */
  severity: Partial<Record<DurableStreamKind, Severity>>;
  problem: string;
  /** Flags of `nats stream edit`; null where the setting can't be changed. */
  edit: string | null;
};

const UNUSABLE = {
  "inbox": "unusable",
  "outcomes": "unusable",
  "dead letters": "unusable",
} as const;
const LOSSY = { "inbox": "lossy", "outcomes": "lossy", "dead letters": "lossy" } as const;
const LOSSY_INBOX = { inbox: "lossy" } as const;
const TOLERATED_INBOX = { inbox: "tolerated" } as const;
const OTHERS_TOLERATED = { "outcomes": "tolerated", "dead letters": "tolerated" } as const;

/** In the order in which they are told. */
export const RULES: Rule[] = [
  {
    found: ({ no_ack }) => no_ack === true,
    severity: UNUSABLE,
    problem: "it acknowledges nothing",
    edit: "--ack",
  },
  {
    found: ({ sealed }) => sealed,
    severity: UNUSABLE,
    problem: "it is sealed",
    edit: null,
  },
  {
    found: ({ subject_transform }) => subject_transform !== undefined,
    severity: UNUSABLE,
    problem: "it changes subjects",
    edit: null,
  },
  {
    found: ({ storage }) => storage !== StorageType.File,
    severity: LOSSY,
    problem: "storage is not on disk",
    edit: null,
  },
  {
    found: ({ persist_mode }) => String(persist_mode ?? "default") === "async",
    severity: LOSSY,
    problem: "persist_mode is async: it acknowledges before it has written",
    edit: null,
  },
  {
    found: ({ retention }) => retention === RetentionPolicy.Interest,
    severity: LOSSY_INBOX,
    problem: "retention is interest",
    edit: null,
  },
  {
    found: ({ max_age }) => max_age > 0,
    severity: LOSSY_INBOX,
    problem: "max_age is set",
    edit: "--max-age=-1",
  },
  {
    found: (config) =>
      (isLimited(config) || config.max_age > 0) && config.discard !== DiscardPolicy.New,
    severity: LOSSY_INBOX,
    problem: "the oldest are discarded",
    edit: "--discard=new",
  },
  {
    // The server drops the older ones of a subject, even where it discards new ones otherwise.
    found: ({ max_msgs_per_subject, discard_new_per_subject }) =>
      max_msgs_per_subject > 0 && discard_new_per_subject !== true,
    severity: { "inbox": "lossy", "dead letters": "tolerated" },
    problem: "max_msgs_per_subject is set: older messages on the same subject are dropped",
    edit: "--max-msgs-per-subject=-1",
  },
  {
    found: ({ retention }) => retention === RetentionPolicy.Limits,
    severity: TOLERATED_INBOX,
    problem: "retention is limits: commands that are done stay in it for ever",
    edit: null,
  },
  {
    found: ({ retention }) => retention !== RetentionPolicy.Limits,
    severity: OTHERS_TOLERATED,
    problem: "retention is not limits: what any consumer acknowledges is removed",
    edit: null,
  },
  {
    found: ({ max_age }, { config }) => max_age > 0 && max_age < (config.max_age || Infinity),
    severity: { outcomes: "tolerated" },
    problem: "max_age is shorter than 7 days: outcomes go before callers may count on it",
    edit: "--max-age=7d",
  },
  {
    found: ({ max_age }) => max_age > 0,
    severity: { "dead letters": "tolerated" },
    problem: "max_age is set: dead letters are deleted before anybody has looked at them",
    edit: "--max-age=-1",
  },
  {
    found: (config) => isLimited(config) && config.discard !== DiscardPolicy.New,
    severity: OTHERS_TOLERATED,
    problem: "max_msgs or max_bytes is set: when it is full the oldest are dropped",
    edit: "--max-msgs=-1 --max-bytes=-1",
  },
  {
    found: (config) => isLimited(config) && config.discard === DiscardPolicy.New,
    severity: OTHERS_TOLERATED,
    problem: "max_msgs or max_bytes is set: when it is full, commands stay in the inbox",
    edit: "--max-msgs=-1 --max-bytes=-1",
  },
  {
    // Publishers may not write to the others, but an operator may.
    found: ({ allow_rollup_hdrs }) => allow_rollup_hdrs === true,
    severity: { ...LOSSY_INBOX, ...OTHERS_TOLERATED },
    problem: "allow_rollup_hdrs is set: one message with Nats-Rollup deletes all others",
    edit: "--no-allow-rollup",
  },
  {
    // Among the others the service alone publishes, and never with Nats-TTL.
    found: ({ allow_msg_ttl }) => allow_msg_ttl === true,
    severity: LOSSY_INBOX,
    problem: "allow_msg_ttl is set: commands with Nats-TTL are deleted undone",
    edit: null,
  },
  {
    found: ({ allow_msg_counter }) => allow_msg_counter === true,
    severity: UNUSABLE,
    problem: "allow_msg_counter is set: it takes nothing but counters",
    edit: null,
  },
  {
    found: (config, { eventStream, subjects }) =>
      republishesAmongOurs(config, subjects, eventStream),
    severity: UNUSABLE,
    problem: "it republishes to subjects that the service takes for something else",
    edit: "--no-republish",
  },
  {
    found: ({ duplicate_window }) => duplicate_window > nanos(INBOX_DUPLICATE_WINDOW_MS),
    severity: LOSSY_INBOX,
    problem: `duplicate_window is longer than ${INBOX_DUPLICATE_WINDOW_MS} ms: a command that is ` +
      "sent again after its refusal, or for another person, is acknowledged and dropped",
    edit: `--dupe-window=${INBOX_DUPLICATE_WINDOW_MS}ms`,
  },
  {
    found: (config) =>
      [config.max_msg_size, config.max_bytes].some((limit) => isBelow(MAX_MESSAGE_BYTES, limit)),
    severity: TOLERATED_INBOX,
    problem: `max_msg_size or max_bytes is below ${MAX_MESSAGE_BYTES}: large commands are refused`,
    edit: `--max-msg-size=${MAX_MESSAGE_BYTES} --max-bytes=-1`,
  },
  {
    found: ({ max_msg_size }) => isBelow(LEAST_MESSAGE_BYTES, max_msg_size),
    severity: OTHERS_TOLERATED,
    problem:
      `max_msg_size is below ${LEAST_MESSAGE_BYTES}: commands stay in the inbox, tried again ` +
      "without end, where what became of them does not fit",
    edit: "--max-msg-size=-1",
  },
  {
    found: ({ allow_direct }) => allow_direct !== true,
    severity: { outcomes: "tolerated" },
    problem: "allow_direct is off: send --durable --wait finds no outcome",
    edit: "--allow-direct",
  },
];

function isLimited({ max_msgs, max_bytes }: StreamConfig): boolean {
  return max_msgs > 0 || max_bytes > 0;
}

/** Whether there is a limit, and it is lower. */
function isBelow(least: number, limit: number): boolean {
  return limit > 0 && limit < least;
}
