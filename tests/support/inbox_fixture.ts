/**
 * A server with an inbox on it, in this process.
 *
 * @module
 */
import { jetstream, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { Msg } from "@nats-io/transport-node";
import type { CommandDependencies } from "../../src/application/handle_command.ts";
import { PastCommands } from "../../src/application/past_commands.ts";
import { PersonCache } from "../../src/application/person_cache.ts";
import { FIXED_QUEUE_LIMITS, PersonQueues } from "../../src/application/person_queues.ts";
import type { EventStore } from "../../src/application/ports.ts";
import type { ExecutionOptions } from "../../src/nats/command_execution.ts";
import { DeadLetters } from "../../src/nats/inbox/dead_letters.ts";
import type { SettlingOptions } from "../../src/nats/inbox/durable_command.ts";
import {
  applyDurableStreamPlan,
  planDurableStreams,
} from "../../src/nats/inbox/durable_streams.ts";
import type { Inbox } from "../../src/nats/inbox/inbox.ts";
import {
  ensureInboxConsumer,
  pullOnce,
  readAckFloor,
} from "../../src/nats/inbox/inbox_consumer.ts";
import { InboxOrder } from "../../src/nats/inbox/inbox_order.ts";
import { Link } from "../../src/nats/link.ts";
import { openInbox } from "../../src/nats/inbox/open_inbox.ts";
import { Outcomes } from "../../src/nats/inbox/outcomes.ts";
import { durableStreamsOf, subjectsOf } from "../../src/nats/subjects.ts";
import { assertThat } from "./assert_that.ts";
import { CommandClient } from "./command_client.ts";
import {
  defaultStreamSettings,
  type OpenedEventStore,
  openEventStore,
  systemClock,
} from "./event_store_fixture.ts";
import { InboxClient } from "./inbox_client.ts";
import { MemorySnapshotStore } from "./memory_snapshot_store.ts";
import { TestNatsServer } from "./nats_server.ts";
import { until } from "./until.ts";

/** `await using opened = await OpenedInbox.open()` */
export class OpenedInbox implements AsyncDisposable {
  readonly #owned = new AsyncDisposableStack();
  readonly #events: OpenedEventStore;
  readonly server: TestNatsServer;
  readonly caller: CommandClient;
  /** Of an operator. */
  readonly jsm: JetStreamManager;

  private constructor(
    server: TestNatsServer,
    events: OpenedEventStore,
    caller: CommandClient,
    jsm: JetStreamManager,
  ) {
    this.server = this.#owned.use(server);
    this.#events = this.#owned.use(events);
    this.caller = this.#owned.use(caller);
    this.jsm = jsm;
  }

  /** A server with the events' stream. */
  static async open(): Promise<OpenedInbox> {
    const server = await TestNatsServer.start();
    const caller = await CommandClient.connect(server.url);
    const jsm = await jetstreamManager(caller.nc, { checkAPI: false });
    return new OpenedInbox(server, await openEventStore(server.url), caller, jsm);
  }

  /** Someone who sends durable commands. */
  get client(): InboxClient {
    return new InboxClient(this.caller.nc);
  }

  /** Takes durable commands; `alter` may put another event store in the place of that of the server. */
  async start(alter: (store: EventStore) => EventStore = (store) => store): Promise<Inbox> {
    const { nc, streamName, store } = this.#events;
    const execution = executionOn(alter(store));
    const inbox = await openInbox(nc, streamName, defaultStreamSettings, execution);
    this.#owned.defer(() => inbox.drain());
    return inbox;
  }

  /** Makes the streams and the consumer, and gives what settles messages one by one. */
  async prepare(): Promise<SettlingOptions> {
    const { nc, streamName, store } = this.#events;
    const plans = await planDurableStreams(this.jsm, streamName, defaultStreamSettings);
    await applyDurableStreamPlan(this.jsm, plans);
    const streams = durableStreamsOf(streamName);
    await ensureInboxConsumer(this.jsm, streams.inbox);
    const js = jetstream(nc, { checkAPI: false });
    const subjects = subjectsOf("person");
    return {
      outcomes: new Outcomes(js, new Link(nc), streams.outcomes, subjects),
      deadLetters: new DeadLetters(js, streams.deadLetters, subjects),
      order: new InboxOrder(() => readAckFloor(this.jsm, streams.inbox), systemClock),
      execution: executionOn(store),
    };
  }

  /** Takes the next message out of the inbox's consumer, without an acknowledgement. */
  async take(): Promise<Msg> {
    const { nc, streamName } = this.#events;
    const stream = durableStreamsOf(streamName).inbox;
    const { signal } = new AbortController();
    const taken: Msg[] = [];
    const pull = { nc, link: new Link(nc), stream, maxMessages: 1, signal };
    await until("a message comes", async () => {
      await pullOnce(pull, (message) => taken.push(message));
      return taken.length > 0;
    });
    const [message] = taken;
    assertThat(message !== undefined);
    return message;
  }

  /** Ends all, the inbox first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

function executionOn(events: EventStore): ExecutionOptions {
  const limits = { maxInFlight: 256, maxQueued: 10_000, ...FIXED_QUEUE_LIMITS };
  const dependencies: CommandDependencies = {
    stores: { events, snapshots: new MemorySnapshotStore() },
    cache: new PersonCache(1_000_000),
    past: new PastCommands(),
    clock: systemClock,
    maxConflictRetries: 10,
    onStored: () => {},
    onLoaded: () => {},
  };
  const queues = new PersonQueues(limits, systemClock);
  return { queues, dependencies, commandTimeoutMs: 2_000 };
}
