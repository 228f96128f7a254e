/**
 * Settings with which a stream for durable commands loses what it is there for, or can't be used.
 *
 * @module
 */
import { RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { republishesAmongOurs } from "../republish.ts";
import { LIMIT_RULES } from "./durable_stream_limit_rules.ts";
import {
  LOSSY_INBOX,
  OTHERS_TOLERATED,
  type Rule,
  TOLERATED_INBOX,
} from "./durable_stream_rule.ts";

const UNUSABLE = {
  "inbox": "unusable",
  "outcomes": "unusable",
  "dead letters": "unusable",
} as const;
const LOSSY = { "inbox": "lossy", "outcomes": "lossy", "dead letters": "lossy" } as const;

/** In the order in which they are told: what has to be edited before anything can be served comes first. */
export const RULES: Rule[] = [
  {
    found: ({ no_ack }) => no_ack === true,
    severity: UNUSABLE,
    problem: "it acknowledges nothing",
    edit: "--ack",
  },
  {
    found: ({ subject_transform }) => subject_transform !== undefined,
    severity: UNUSABLE,
    problem: "it changes subjects",
    edit: "--no-transform",
  },
  {
    found: (config, { eventStream, subjects }) =>
      republishesAmongOurs(config, subjects, eventStream),
    severity: UNUSABLE,
    problem: "it republishes to subjects that the service takes for something else",
    edit: "--no-republish",
  },
  {
    found: ({ sealed }) => sealed,
    severity: UNUSABLE,
    problem: "it is sealed",
    edit: null,
  },
  {
    found: ({ allow_msg_counter }) => allow_msg_counter === true,
    severity: UNUSABLE,
    problem: "allow_msg_counter is set: it takes nothing but counters",
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
    // Among the others the service alone publishes, and never with Nats-TTL.
    found: ({ allow_msg_ttl }) => allow_msg_ttl === true,
    severity: LOSSY_INBOX,
    problem: "allow_msg_ttl is set: commands with Nats-TTL are deleted undone",
    edit: null,
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
    // Publishers may not write to the others, but an operator may.
    found: ({ allow_rollup_hdrs }) => allow_rollup_hdrs === true,
    severity: { ...LOSSY_INBOX, ...OTHERS_TOLERATED },
    problem: "allow_rollup_hdrs is set: one message with Nats-Rollup deletes all others",
    edit: "--no-allow-rollup",
  },
  {
    found: ({ allow_direct }) => allow_direct !== true,
    severity: { outcomes: "tolerated" },
    problem: "allow_direct is off: send --durable --wait finds no outcome",
    edit: "--allow-direct",
  },
  ...LIMIT_RULES,
];
