import { assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import {
  applyDurableStreamPlan,
  planDurableStreams,
} from "../../../src/nats/inbox/durable_streams.ts";
import {
  ensureInboxConsumer,
  INBOX_CONSUMER,
  pullOnce,
} from "../../../src/nats/inbox/inbox_consumer.ts";
import { Link } from "../../../src/nats/link.ts";
import { CommandClient } from "../../support/command_client.ts";
import { defaultStreamSettings } from "../../support/event_store_fixture.ts";
import { InboxClient } from "../../support/inbox_client.ts";
import { OpenedInbox } from "../../support/inbox_fixture.ts";
import { TestNatsCluster } from "../../support/nats_cluster.ts";

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
  await applyDurableStreamPlan(jsm, await planDurableStreams(jsm, "PERSON_EVENTS", settings));
  await ensureInboxConsumer(jsm, INBOX);
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

Deno.test("Inbox consumer: given one that limits tries, when it is looked after, then the limits go", async () => {
  await using opened = await OpenedInbox.open();
  const { consumers } = opened.jsm;
  await opened.prepare();
  await consumers.update(INBOX, INBOX_CONSUMER, { max_deliver: 3, max_ack_pending: 10 });
  await ensureInboxConsumer(opened.jsm, INBOX);
  const { config } = await consumers.info(INBOX, INBOX_CONSUMER);
  assertEquals([config.max_deliver, config.max_ack_pending], [-1, -1]);
});
