/**
 * How the streams behind durable commands have to be.
 *
 * @module
 */
import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { MAX_COMMAND_BYTES } from "../command_codec.ts";
import type { StreamSettings } from "../stream_lookup.ts";
import { durableStreamsOf, type Subjects, subjectsOf } from "../subjects.ts";

/** Beyond the largest command, for its headers: larger ones are refused when they are published. */
export const MAX_MESSAGE_BYTES = MAX_COMMAND_BYTES + 16 * 1024;
const OUTCOMES_KEPT_MS = 7 * 86_400_000;
/**
 * The shortest that the server takes. It drops a second message of the same id whatever person it is for, although an
 * id is scoped to the person; the person itself knows which commands it has had.
 */
export const INBOX_DUPLICATE_WINDOW_MS = 100;
/** A letter that was stored while its message could not be taken away is not stored again within this time. */
const LETTER_DUPLICATE_WINDOW_MS = 86_400_000;

/** What a stream is for. */
export type DurableStreamKind = "inbox" | "outcomes" | "dead letters";

const OF_KIND: Record<DurableStreamKind, Partial<StreamConfig>> = {
  "inbox": {
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    max_msg_size: MAX_MESSAGE_BYTES,
    duplicate_window: nanos(INBOX_DUPLICATE_WINDOW_MS),
  },
  "outcomes": {
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(OUTCOMES_KEPT_MS),
    max_msgs_per_subject: 1,
  },
  "dead letters": {
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    duplicate_window: nanos(LETTER_DUPLICATE_WINDOW_MS),
  },
};

/** What the service would make. */
export type WantedStream = {
  kind: DurableStreamKind;
  config: Partial<StreamConfig> & { name: string; subjects: string[] };
  /** The stream of the events, after which it is named. */
  eventStream: string;
  /** All of the service. */
  subjects: Subjects;
};

/** All of them, for a stream of events. */
export function wantedStreams(eventStream: string, settings: StreamSettings): WantedStream[] {
  const names = durableStreamsOf(eventStream);
  const subjects = subjectsOf(settings.subjectPrefix);
  const common = {
    storage: StorageType.File,
    num_replicas: settings.streamReplicas,
    allow_direct: true,
    compression: StoreCompression.S2,
  };
  const wanted = (kind: DurableStreamKind, name: string, subject: string): WantedStream => ({
    kind,
    config: { ...common, ...OF_KIND[kind], name, subjects: [subject] },
    eventStream,
    subjects,
  });
  return [
    wanted("inbox", names.inbox, subjects.inbox),
    wanted("outcomes", names.outcomes, subjects.outcomes),
    wanted("dead letters", names.deadLetters, subjects.deadLetters),
  ];
}
