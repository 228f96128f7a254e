import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Clock, EventStore } from "../../src/application/ports.ts";
import { AppendPace } from "../../src/nats/append_pace.ts";
import { JetStreamEventStore } from "../../src/nats/event_store.ts";
import { Link } from "../../src/nats/link.ts";
import { applyStreamPlan, planStream } from "../../src/nats/stream.ts";
import type { StreamSettings } from "../../src/nats/stream_lookup.ts";
import { subjectsOf } from "../../src/nats/subjects.ts";

/** The real clock. */
export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  monotonicMs: () => performance.now(),
};

/** Settings as they are without any configuration. */
export const defaultStreamSettings: StreamSettings = {
  streamName: "PERSON_EVENTS",
  streamNameIsDefault: true,
  subjectPrefix: "person",
  eventMaxAgeMs: 0,
  streamReplicas: 1,
  allowUnsafeStream: false,
};

/** A JetStream event store on a connection of its own, with what a test wants to see of it. */
export type OpenedEventStore = AsyncDisposable & {
  store: EventStore;
  nc: NatsConnection;
  streamName: string;
  /** Why the store said that the stream was remade, each time. */
  remade: string[];
};

/** A pace by which appends share batches, until something goes wrong or they are few. */
export function togetherFromTheStart(): AppendPace {
  const pace = new AppendPace();
  for (let nowMs = 0; !pace.together; nowMs += 50) pace.storedAlone(nowMs, 1_000, 4);
  return pace;
}

/**
 * Opens the event store on a server, and makes the stream where it is missing.
 * @param pace when appends share batches
 */
export async function openEventStore(
  url: string,
  changed: Partial<StreamSettings> = {},
  pace: AppendPace = new AppendPace(),
): Promise<OpenedEventStore> {
  const settings = { ...defaultStreamSettings, ...changed };
  const nc = await connect({ servers: url.replace("nats://", ""), maxReconnectAttempts: -1 });
  const jsm = await jetstreamManager(nc, { timeout: 1_000, checkAPI: false });
  const stream = await applyStreamPlan(jsm, await planStream(nc, jsm, settings));
  const remade: string[] = [];
  const store = new JetStreamEventStore({
    nc,
    jsm,
    clock: systemClock,
    pace,
    streamName: stream.name,
    subjects: subjectsOf(settings.subjectPrefix),
    link: new Link(nc),
    onRemade: (reason) => remade.push(reason),
  });
  return {
    store,
    nc,
    streamName: stream.name,
    remade,
    [Symbol.asyncDispose]: () => nc.close(),
  };
}
