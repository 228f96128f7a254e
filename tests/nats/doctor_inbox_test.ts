import { assertEquals, assertMatch } from "@std/assert";
import { AckPolicy, jetstream, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { checkLag } from "../../src/cli/doctor/consumers.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { checkInbox, checkInboxConsumer } from "../../src/cli/doctor/inbox.ts";
import { ensureInboxConsumer, remakeAdvice } from "../../src/nats/inbox/inbox_consumer.ts";
import { INBOX_CONSUMER } from "../../src/nats/inbox/inbox_consumer_settings.ts";
import { OpenedInbox } from "../support/inbox_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { until } from "../support/until.ts";

const INBOX = "PERSON_EVENTS_INBOX";

Deno.test("checkInbox: given commands that nobody takes, when the oldest is a minute old, then it warns, although none is unacknowledged", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  assertEquals(
    await inboxAfter(opened.jsm, 0),
    `ok: "person-service" of "${INBOX}": 0 to be read, 0 delivered again, 0 unacknowledged`,
  );
  await opened.client.publish("x");
  await opened.client.publish("y");
  assertMatch(await inboxAfter(opened.jsm, 30), /^ok: .* 2 to be read, .* the oldest, at 1, has/);
  assertMatch(
    await inboxAfter(opened.jsm, 61),
    /^warning: .* has waited for 61 s -> start the service/,
  );
});

Deno.test("checkInbox: given a command that fails each time, when it is a minute old, then it warns, although none is left to be read", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  await opened.client.publish("x");
  for (let deliveries = 0; deliveries < 2; deliveries++) (await opened.take()).respond("-NAK");
  await opened.take();
  const waiting = /0 to be read, 1 delivered again, 1 unacknowledged; the oldest, at 1, has/;
  assertMatch(await inboxAfter(opened.jsm, 30), new RegExp(`^ok: .*${waiting.source}`));
  assertMatch(
    await inboxAfter(opened.jsm, 61),
    new RegExp(`^warning: .*${waiting.source}.* -> look in the log`),
  );
});

Deno.test("checkInbox: given a command that its consumer has given up, when it is a minute old, then it is told how to have it delivered again, which helps", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  const { consumers } = opened.jsm;
  await consumers.update(INBOX, INBOX_CONSUMER, { max_deliver: 1 });
  await opened.client.publish("given up");
  (await opened.take()).respond("-NAK");
  const reader = await jetstream(opened.caller.nc).consumers.get(INBOX, INBOX_CONSUMER);
  await until("the server has given it up, which it does when it is asked for more", async () => {
    assertEquals(await reader.next({ expires: 1_000 }), null);
    return (await consumers.info(INBOX, INBOX_CONSUMER)).num_ack_pending === 0;
  });
  await ensureInboxConsumer(opened.jsm, INBOX);
  assertMatch(
    await inboxAfter(opened.jsm, 61),
    /^warning: .* the oldest, at 1, .* -> its consumer has passed it over; .*: nats consumer rm PERSON_EVENTS_INBOX person-service, then .* setup$/,
  );
  await consumers.delete(INBOX, INBOX_CONSUMER);
  await ensureInboxConsumer(opened.jsm, INBOX);
  assertEquals((await opened.take()).string(), "given up");
});

Deno.test("checkInbox: given commands that a filter left out while somebody asked for more, when it is gone, then they are told within seconds, and removing the consumer helps, which setting it right does not", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  const { consumers } = opened.jsm;
  await consumers.update(INBOX, INBOX_CONSUMER, { filter_subject: "person.inbox.other" });
  await opened.client.publish("left out");
  const reader = await jetstream(opened.caller.nc).consumers.get(INBOX, INBOX_CONSUMER);
  assertEquals(await reader.next({ expires: 1_000 }), null);
  await ensureInboxConsumer(opened.jsm, INBOX);
  assertEquals(await reader.next({ expires: 1_000 }), null);
  const passedOver =
    /^warning: .* the oldest, at 1, .* -> its consumer has passed it over; .*: nats consumer rm /;
  assertMatch(await inboxAfter(opened.jsm, 9), /^ok: /);
  assertMatch(await inboxAfter(opened.jsm, 11), passedOver);
  await opened.client.publish("later");
  const later = await opened.take();
  assertEquals(later.string(), "later");
  later.respond("+ACK");
  await until("the later one is done", () => opened.client.count("INBOX").then((n) => n === 1));
  assertMatch(await inboxAfter(opened.jsm, 11), passedOver);
  await consumers.delete(INBOX, INBOX_CONSUMER);
  await ensureInboxConsumer(opened.jsm, INBOX);
  assertEquals((await opened.take()).string(), "left out");
});

Deno.test("checkInboxConsumer: given a setting with which commands are left out, then it is said that they come again only when the consumer is removed", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  const changes = [{ filter_subject: "person.inbox.a" }, { max_deliver: 3 }, { ack_wait: 1e9 }];
  const todos: boolean[] = [];
  for (const change of changes) {
    await opened.jsm.consumers.update(INBOX, INBOX_CONSUMER, change);
    const [changed = ""] = await consumerFindings(opened.jsm);
    todos.push(changed.endsWith(`: ${remakeAdvice(INBOX)}`));
    await ensureInboxConsumer(opened.jsm, INBOX);
  }
  assertEquals(todos, [true, true, false]);
});

Deno.test("checkInboxConsumer: given one that is as the service made it, changed, or paused, then that is said, and what to do, also of what waits", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  const { consumers } = opened.jsm;
  assertEquals(await consumerFindings(opened.jsm), [
    `ok: "person-service" of "${INBOX}" is as it has to be`,
  ]);
  await consumers.update(INBOX, INBOX_CONSUMER, { max_deliver: 3, headers_only: true });
  const [changed = "", ...others] = await consumerFindings(opened.jsm);
  assertEquals(others, []);
  assertMatch(
    changed,
    /^warning: .* were changed: max_deliver = 3, headers_only = true -> restart an instance/,
  );
  await ensureInboxConsumer(opened.jsm, INBOX);
  await consumers.pause(INBOX, INBOX_CONSUMER, new Date(Date.now() + 3_600_000));
  const resume = /-> nats consumer resume PERSON_EVENTS_INBOX person-service$/;
  const [paused = ""] = await consumerFindings(opened.jsm);
  assertMatch(paused, /^warning: .* is paused until \S+Z: /);
  assertMatch(paused, resume);
  await opened.client.publish("x");
  assertMatch(await inboxAfter(opened.jsm, 61), resume);
});

Deno.test("checkInboxConsumer: given one that nobody can pull from, then it fails", async () => {
  await using opened = await OpenedInbox.open();
  await opened.prepare();
  const { consumers } = opened.jsm;
  await consumers.delete(INBOX, INBOX_CONSUMER);
  await consumers.add(INBOX, {
    durable_name: INBOX_CONSUMER,
    deliver_subject: "elsewhere",
    ack_policy: AckPolicy.Explicit,
    ack_wait: 15e9,
    max_ack_pending: -1,
  });
  assertEquals(await consumerFindings(opened.jsm), [
    `failed: "person-service" of "${INBOX}" can't be used: deliver_subject = "elsewhere" -> nats consumer rm ${INBOX} person-service, then DURABLE_COMMANDS=true person-service setup`,
  ]);
});

Deno.test("checkLag: given a reader that acknowledges nothing, when it has as many events as it may, then it warns, although few are left to be read", async () => {
  await using server = await TestNatsServer.start();
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: "PERSON_EVENTS", subjects: ["person.events.>"] });
  const limits = { ack_policy: AckPolicy.Explicit, max_ack_pending: 2 };
  await jsm.consumers.add("PERSON_EVENTS", { durable_name: "audit", ...limits });
  const lag = async () => show(checkLag(await jsm.consumers.info("PERSON_EVENTS", "audit")));
  const js = jetstream(nc);
  for (let n = 0; n < 3; n++) await js.publish(`person.events.x.${n}`);
  const reader = await js.consumers.get("PERSON_EVENTS", "audit");
  await reader.next();
  assertMatch(await lag(), /^ok: .* 2 to be read, 0 delivered again, 1 unacknowledged$/);
  await reader.next();
  assertMatch(await lag(), /1 to be read, .* 2 unacknowledged, its limit.* -> mend its reader/);
  await nc.close();
});

/** What is said of the inbox when its oldest message is that old by the server's clock. */
async function inboxAfter(jsm: JetStreamManager, seconds: number): Promise<string> {
  const consumer = await jsm.consumers.info(INBOX, INBOX_CONSUMER);
  const stream = await jsm.streams.info(INBOX);
  const ts = new Date(Date.parse(stream.state.first_ts) + 1_000 * seconds).toISOString();
  return show(checkInbox({ ...stream, ts }, consumer));
}

async function consumerFindings(jsm: JetStreamManager): Promise<string[]> {
  return [...checkInboxConsumer(await jsm.consumers.info(INBOX, INBOX_CONSUMER))].map(show);
}

function show({ status, found, todo }: Finding): string {
  return `${status}: ${found}${todo === null ? "" : ` -> ${todo}`}`;
}
