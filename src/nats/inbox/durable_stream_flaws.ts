/**
 * Settings with which a stream for durable commands loses what it is there for.
 *
 * @module
 */
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";

/** What a stream is for. */
export type DurableStreamKind = "inbox" | "outcomes" | "dead letters";

/** A setting that does harm. */
export type Flaw = {
  problem: string;
  /** The command that mends it, or what else to do. */
  mend: string;
  /** `unusable`: never served on; `lossy`: only with ALLOW_UNSAFE_STREAM; `tolerated`: with a warning. */
  severity: "unusable" | "lossy" | "tolerated";
};

/** What the service would make. */
type Wanted = Partial<StreamConfig> & { subjects: string[] };

type Rule = {
  found: (config: StreamConfig, wanted: Wanted) => boolean;
  /** Its severity for each kind of stream that the rule is for. */
  severity: Partial<Record<DurableStreamKind, Flaw["severity"]>>;
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
const OTHERS_TOLERATED = { "outcomes": "tolerated", "dead letters": "tolerated" } as const;

const RULES: Rule[] = [
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
    severity: { inbox: "tolerated" },
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
    found: ({ max_age }, wanted) => max_age > 0 && max_age < (wanted.max_age || Infinity),
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
];

const SET_UP = "remove it and run DURABLE_COMMANDS=true person-service setup";
const BEFORE_REMOVAL: Record<DurableStreamKind, string> = {
  "inbox": "when nothing waits in it",
  "outcomes": "when nobody asks any more what became of earlier commands",
  "dead letters": "when all letters are retried or dropped",
};

/**
 * What is wrong with a stream.
 *
 * @param wanted what the service would make in its place
 */
export function flawsOf(kind: DurableStreamKind, found: StreamConfig, wanted: Wanted): Flaw[] {
  const flaws: Flaw[] = [];
  if (found.subjects?.join() !== wanted.subjects.join()) {
    const subjects = wanted.subjects.join();
    flaws.push({
      problem: `its subjects are not "${subjects}"`,
      mend: `nats stream edit ${found.name} --subjects="${subjects}"`,
      severity: "unusable",
    });
  }
  for (const rule of RULES) {
    const severity = rule.severity[kind];
    if (severity === undefined || !rule.found(found, wanted)) continue;
    const mend = rule.edit === null
      ? `can't be edited: ${BEFORE_REMOVAL[kind]}, ${SET_UP}`
      : `nats stream edit ${found.name} ${rule.edit}`;
    flaws.push({ problem: rule.problem, mend, severity });
  }
  return flaws;
}

function isLimited({ max_msgs, max_bytes }: StreamConfig): boolean {
  return max_msgs > 0 || max_bytes > 0;
}
