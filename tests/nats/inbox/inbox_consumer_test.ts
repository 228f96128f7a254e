import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type ConsumerUpdateConfig, DeliverPolicy, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import {
  applyDurableStreamPlan,
  planDurableStreams,
} from "../../../src/nats/inbox/durable_streams.ts";
import { ensureInboxConsumer, pullOnce } from "../../../src/nats/inbox/inbox_consumer.ts";
import { INBOX_CONSUMER } from "../../../src/nats/inbox/inbox_consumer_settings.ts";
import { StartupRefused } from "../../../src/nats/startup_refused.ts";
import { Link } from "../../../src/nats/link.ts";
import { CapturedLog } from "../../support/captured_log.ts";
import { CommandClient } from "../../support/command_client.ts";
import { personService } from "../../support/command_line.ts";
import { defaultStreamSettings } from "../../support/event_store_fixture.ts";
import { InboxClient } from "../../support/inbox_client.ts";
import { OpenedInbox } from "../../support/inbox_fixture.ts";
import { TestNatsCluster } from "../../support/nats_cluster.ts";
import { NatsWithLogins } from "../../support/nats_with_logins.ts";
import { until } from "../../support/until.ts";

const INBOX = "PERSON_EVENTS_INBOX";

Deno.test("Inbox consumer: given messages that the server has sent, when a pull is stopped, then each of them is still taken", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  await Promise.all(Array.from({ length: 50 }, () => opened.client.publish("x")));
  const nc = await connect({ servers: opened.server.url.replace("nats://", "") });
  const stopping = new AbortController();
  let taken = 0;
  const problem = await pullOnce({
    nc,
    link: new Link(nc),
    stream: INBOX,
    maxMessages: 100,
    signal: stopping.signal,
  }, () => {
    taken++;
    stopping.abort();
  });
  const { num_ack_pending } = await opened.jsm.consumers.info(INBOX, INBOX_CONSUMER);
  assertEquals([problem, num_ack_pending], [null, taken]);
  await nc.close();
});

Deno.test("Inbox consumer: given three replicas, when pulled from, then all that was asked for is taken", async () => {
  await using cluster = await TestNatsCluster.start();
  await using caller = await CommandClient.connect(cluster.urls);
  const { nc } = caller;
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const settings = { ...defaultStreamSettings, streamReplicas: 3 };
  // A cluster that has just chosen its leader may leave a request unanswered.
  await until("the consumer is there", async () => {
    await applyDurableStreamPlan(jsm, await planDurableStreams(jsm, "PERSON_EVENTS", settings));
    await ensureInboxConsumer(jsm, INBOX);
    return true;
  });
  const client = new InboxClient(nc);
  await Promise.all(Array.from({ length: 150 }, () => client.publish("x")));
  const { signal } = new AbortController();
  const pull = { nc, link: new Link(nc), stream: INBOX, maxMessages: 50, signal };
  for (let pulls = 0; pulls < 3; pulls++) {
    let taken = 0;
    // Its end is told before its messages are sent, which wait for a majority.
    assertEquals(await pullOnce(pull, () => taken++), null);
    assertEquals(taken, 50);
  }
});

Deno.test("Inbox consumer: given a server that falls silent, when pulled from, then the pull ends with the reason", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  const nc = await connect({ servers: opened.server.url.replace("nats://", "") });
  opened.server.freeze();
  const { signal } = new AbortController();
  const pull = { nc, link: new Link(nc), stream: INBOX, maxMessages: 1, signal };
  const problem = await pullOnce(pull, () => {});
  opened.server.thaw();
  assertEquals(problem, "the server fell silent");
  await nc.close();
});

const CHANGES: Partial<ConsumerUpdateConfig>[] = [
  { max_deliver: 3, max_ack_pending: 10 },
  { ack_wait: 1e9 },
  { filter_subject: "person.inbox.a" },
  { filter_subjects: ["person.inbox.a", "person.inbox.b"] },
  { headers_only: true },
  { inactive_threshold: 60e9 },
  { backoff: [1e9, 2e9], max_deliver: 3 },
  { max_batch: 1, max_bytes: 1_000, max_expires: 1e9 },
];

Deno.test("Inbox consumer: given any setting that was changed, when it is looked after with the service's rights, then it is as it was made", async () => {
  await using nats = await NatsWithLogins.start();
  const operator = await jetstreamManager(await nats.connect("operator"));
  await personService(["setup"], { ...nats.settingsOf("operator"), DURABLE_COMMANDS: "true" });
  const service = await jetstreamManager(await nats.connect("service"), { checkAPI: false });
  const config = async () => (await operator.consumers.info(INBOX, INBOX_CONSUMER)).config;
  const made = await config();
  for (const change of CHANGES) {
    await operator.consumers.update(INBOX, INBOX_CONSUMER, change);
    assertNotEquals(await config(), made);
    await ensureInboxConsumer(service, INBOX);
    assertEquals(await config(), made, JSON.stringify(change));
  }
});

Deno.test("Inbox consumer: given one that delivers only what is new, when it is looked after, then it is refused with the way out", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  const { consumers } = opened.jsm;
  const { config } = await consumers.info(INBOX, INBOX_CONSUMER);
  await consumers.delete(INBOX, INBOX_CONSUMER);
  await opened.jsm.streams.delete(INBOX);
  // The server takes such a consumer only on a stream with another retention.
  await opened.jsm.streams.add({ name: INBOX, subjects: ["person.inbox.>"] });
  await consumers.add(INBOX, { ...config, deliver_policy: DeliverPolicy.New });
  const { message } = await assertRejects(
    () => ensureInboxConsumer(opened.jsm, INBOX),
    StartupRefused,
  );
  assertEquals(
    message,
    'Consumer "person-service" of stream "PERSON_EVENTS_INBOX" is not fit: deliver_policy = "new". ' +
      "To have it made anew: nats consumer rm PERSON_EVENTS_INBOX person-service, then DURABLE_COMMANDS=true person-service setup",
  );
});

Deno.test("Inbox consumer: given one that is paused, when it is looked after, then it stays so, and the log says how to resume it", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  const { consumers } = opened.jsm;
  await consumers.pause(INBOX, INBOX_CONSUMER, new Date(Date.now() + 3_600_000));
  await consumers.update(INBOX, INBOX_CONSUMER, { max_deliver: 3 });
  const log = new CapturedLog();
  await ensureInboxConsumer(opened.jsm, INBOX);
  await log.waitFor("nats consumer resume PERSON_EVENTS_INBOX person-service");
  const { config, paused } = await consumers.info(INBOX, INBOX_CONSUMER);
  assertEquals([config.max_deliver, paused], [-1, true]);
});
