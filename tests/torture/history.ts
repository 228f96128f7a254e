/**
 * What a run leaves behind: everything that was sent and answered, and everything that was stored.
 *
 * @module
 */
import { z } from "zod";

/** One time that a command was sent. Times are milliseconds on one monotonic clock. */
export const Try = z.object({
  sentMs: z.number(),
  /** When the reply came, or when it was no longer awaited. */
  answeredMs: z.number(),
  /** The body as it came; null: no reply came. */
  reply: z.unknown(),
});
/** One time that a command was sent. Times are milliseconds on one monotonic clock. */
export type Try = z.infer<typeof Try>;

/** A command that was sent with an id, once or more often. */
export const Operation = z.object({
  commandId: z.string(),
  command: z.unknown(),
  expectedVersion: z.number().nullable(),
  tries: z.array(Try),
});
/** A command that was sent with an id, once or more often. */
export type Operation = z.infer<typeof Operation>;

/** One time that a durable command was published to the inbox. */
export const Publish = z.object({
  sentMs: z.number(),
  /** When the server's acknowledgement came, or when it was no longer awaited. */
  answeredMs: z.number(),
  /** Where the server says that it is in the inbox; null: no acknowledgement came. */
  sequence: z.number().nullable(),
});
/** One time that a durable command was published to the inbox. */
export type Publish = z.infer<typeof Publish>;

/** A durable command with an id of its own, published until the server acknowledged it. */
export const DurableOperation = z.object({
  commandId: z.string(),
  command: z.unknown(),
  expectedVersion: z.number().nullable(),
  publishes: z.array(Publish),
  /** Its outcome as its caller first read it; null: it read none. */
  outcome: z.object({ readMs: z.number(), body: z.string() }).nullable(),
});
/** A durable command with an id of its own, published until the server acknowledged it. */
export type DurableOperation = z.infer<typeof DurableOperation>;

/** A message of a stream. */
export const Message = z.object({
  seq: z.number(),
  subject: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
/** A message of a stream. */
export type Message = z.infer<typeof Message>;

/** A value of the snapshot bucket, unpacked. */
export const SnapshotEntry = z.object({ key: z.string(), value: z.unknown() });
/** A value of the snapshot bucket, unpacked. */
export type SnapshotEntry = z.infer<typeof SnapshotEntry>;

/** A time in which another server than the stream's leader may have answered in its place. */
export const Doubt = z.object({ fromMs: z.number(), toMs: z.number() });
/** A time in which another server than the stream's leader may have answered in its place. */
export type Doubt = z.infer<typeof Doubt>;

/** The stream was put back to an earlier point. */
export const Restore = z.object({
  /** No command was being handled at this time. */
  atMs: z.number(),
  /** The last message that the backup holds. */
  lastSequence: z.number(),
  /** What the stream held right before. */
  before: z.array(Message),
  /** Outcomes of durable commands by then. */
  outcomesBefore: z.array(Message),
});
/** The stream was put back to an earlier point. */
export type Restore = z.infer<typeof Restore>;

/** The circumstances of a run. */
export const Run = z.object({
  /** The command that gives the same schedule again. */
  command: z.string(),
  streamCreated: z.string(),
  /** How long a leader that was replaced unnoticed may tell of an old state; 0 with one replica. */
  staleReadMs: z.number(),
  doubts: z.array(Doubt),
});
/** The circumstances of a run. */
export type Run = z.infer<typeof Run>;

/** All that the checker looks at. */
export type History = {
  run: Run;
  operations: Operation[];
  durable: DurableOperation[];
  /** The events. */
  messages: Message[];
  /** What became of durable commands. */
  outcomes: Message[];
  deadLetters: Message[];
  /** What is left in the inbox. */
  inbox: Message[];
  snapshots: SnapshotEntry[];
  restore: Restore | null;
};
