import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Stores } from "../application/load_person.ts";
import { StoreUnavailable } from "../application/failures.ts";
import type { Clock, EventStore } from "../application/ports.ts";
import { AppendPace } from "./append_pace.ts";
import { TRY_TIMEOUT_MS } from "./attempts.ts";
import { JetStreamEventStore } from "./event_store.ts";
import { Link } from "./link.ts";
import { refuseLostStream } from "./lost_stream.ts";
import { persist } from "./persist.ts";
import { KvSnapshotStore, openSnapshotBucket } from "./snapshot_store.ts";
import type { StartupRefused } from "./startup_refused.ts";
import { applyStreamPlan, planStream } from "./stream.ts";
import { StreamGuard } from "./stream_guard.ts";
import { findByName, type StreamSettings } from "./stream_lookup.ts";
import { subjectsOf } from "./subjects.ts";

/** The stores on one connection, over one stream. */
export type EventStorage = Stores & {
  /** The stream's name: the configured one, or that of the stream that was adopted. */
  streamName: string;
  /** Takes note of a stored event's sequence: a stream that ends before it was restored. */
  saw: (sequence: number) => void;
};

/** What may happen to the stream while it is used. */
export type StreamIncidents = {
  onRemade: (reason: string) => void;
  onRefused: (refusal: StartupRefused) => void;
};

/**
 * Opens stream and snapshot bucket, and makes them where they are missing. Waits for JetStream as long as it takes.
 * Throws `StartupRefused` for what trying again won't mend.
 */
export async function openEventStorage(
  nc: NatsConnection,
  settings: StreamSettings,
  clock: Clock,
  incidents: StreamIncidents,
): Promise<EventStorage> {
  const options = { timeout: TRY_TIMEOUT_MS, checkAPI: false };
  const jsm = await jetstreamManager(nc, options);
  const js = jetstream(nc, options);
  const stream = await persist(async () => {
    const plan = await planStream(nc, jsm, settings);
    if (plan.action === "create") await refuseLostStream(jsm, settings.streamName);
    return await applyStreamPlan(jsm, plan);
  });
  const bucket = await persist(() => openSnapshotBucket(js, stream.name, settings.streamReplicas));
  const closed = new AbortController();
  void nc.closed().then(() => closed.abort());
  const guard = new StreamGuard(stream, {
    ...incidents,
    signal: closed.signal,
    isThere: async () => await findByName(jsm, stream.name) !== null,
    find: () =>
      persist(async () => {
        // By this name only: the stores can't move to another stream.
        const same = { ...settings, streamName: stream.name, streamNameIsDefault: false };
        const plan = await planStream(nc, jsm, same);
        return plan.action === "create" ? null : await applyStreamPlan(jsm, plan);
      }),
  });
  recheckAfterReconnects(nc, guard);
  const events = new JetStreamEventStore({
    nc,
    jsm,
    clock,
    pace: new AppendPace(),
    streamName: stream.name,
    subjects: subjectsOf(settings.subjectPrefix),
    link: new Link(nc),
    onRemade: (reason) => {
      incidents.onRemade(reason);
      // Snapshots name the stream that they are of.
      void guard.recheck();
    },
  });
  return {
    streamName: stream.name,
    events: tellingFailures(events, () => void guard.suspect()),
    snapshots: new KvSnapshotStore(bucket, () => guard.created),
    saw: (sequence) => guard.saw(sequence),
  };
}

/** The same store, which tells each time that the stream could not be used. */
function tellingFailures(store: EventStore, onUnavailable: () => void): EventStore {
  const tell = (error: unknown): never => {
    if (error instanceof StoreUnavailable) onUnavailable();
    throw error;
  };
  const told = <T>(answer: Promise<T>): Promise<T> => answer.catch(tell);
  return {
    readLast: (...asked) => told(store.readLast(...asked)),
    readTail: (...asked) => told(store.readTail(...asked)),
    readFrom: (...asked) => told(store.readFrom(...asked)),
    append: (...asked) => told(store.append(...asked)),
  };
}

async function recheckAfterReconnects(nc: NatsConnection, guard: StreamGuard): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === "reconnect") await guard.recheck();
  }
}
