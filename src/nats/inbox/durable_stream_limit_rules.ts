/**
 * Limits, of age, number and size, with which a stream for durable commands loses or refuses what it is there for.
 *
 * @module
 */
import { DiscardPolicy, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { LEAST_MESSAGE_BYTES } from "../stream_safety.ts";
import {
  LOSSY_INBOX,
  OTHERS_TOLERATED,
  type Rule,
  TOLERATED_INBOX,
} from "./durable_stream_rule.ts";
import { INBOX_DUPLICATE_WINDOW_MS, MAX_MESSAGE_BYTES } from "./durable_stream_settings.ts";

/** In the order in which they are told. */
export const LIMIT_RULES: Rule[] = [
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
    found: refusesFurtherOfSubject,
    severity: { outcomes: "tolerated" },
    problem: "discard_new_per_subject is set: the outcome of a command that was sent again is " +
      "refused, and the command stays in the inbox, tried again without end",
    edit: "--no-discard-per-subject --max-msgs-per-subject=1",
  },
  {
    found: refusesFurtherOfSubject,
    severity: { "dead letters": "tolerated" },
    problem: "discard_new_per_subject is set: further letters of a subject are refused, and what " +
      "is no command stays in the inbox, tried again without end",
    edit: "--no-discard-per-subject --max-msgs-per-subject=-1",
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
];

function isLimited({ max_msgs, max_bytes }: StreamConfig): boolean {
  return max_msgs > 0 || max_bytes > 0;
}

/** Whether there is a limit, and it is lower. */
function isBelow(least: number, limit: number): boolean {
  return limit > 0 && limit < least;
}

/** The server takes discard_new_per_subject only with a limit to each subject. */
function refusesFurtherOfSubject({ discard_new_per_subject }: StreamConfig): boolean {
  return discard_new_per_subject === true;
}
