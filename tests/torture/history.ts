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

/** A message of the events' stream. */
export const Message = z.object({
  seq: z.number(),
  subject: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
/** A message of the events' stream. */
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
  messages: Message[];
  snapshots: SnapshotEntry[];
  restore: Restore | null;
};
