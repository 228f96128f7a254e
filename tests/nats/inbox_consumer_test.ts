import { assertEquals } from "@std/assert";
import { connect } from "@nats-io/transport-node";
import { ensureInboxConsumer, INBOX_CONSUMER, pullOnce } from "../../src/nats/inbox_consumer.ts";
import { Link } from "../../src/nats/link.ts";
import { OpenedInbox } from "../support/inbox_fixture.ts";

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
