/**
 * A setting with which a stream for durable commands loses what it is there for, or can't be used.
 *
 * @module
 */
import type { StreamConfig } from "@nats-io/jetstream";
import type { DurableStreamKind, WantedStream } from "./durable_stream_settings.ts";

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

/** Of the inbox alone. */
export const LOSSY_INBOX = { inbox: "lossy" } as const;
/** Of the inbox alone. */
export const TOLERATED_INBOX = { inbox: "tolerated" } as const;
/** Of all but the inbox. */
export const OTHERS_TOLERATED = { "outcomes": "tolerated", "dead letters": "tolerated" } as const;
