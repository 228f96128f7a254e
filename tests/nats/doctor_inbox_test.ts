import { assertEquals, assertMatch } from "@std/assert";
import { AckPolicy, jetstream, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { checkLag } from "../../src/cli/doctor/consumers.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { checkInbox } from "../../src/cli/doctor/inbox.ts";
import { INBOX_CONSUMER } from "../../src/nats/inbox/inbox_consumer.ts";
import { OpenedInbox } from "../support/inbox_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";

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
    /^warning: .* has waited for 6\d s -> start the service/,
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

/** What is said of the inbox when the server's clock is that much further. */
async function inboxAfter(jsm: JetStreamManager, seconds: number): Promise<string> {
  const stream = await jsm.streams.info(INBOX);
  const ts = new Date(Date.parse(stream.ts ?? "") + 1_000 * seconds).toISOString();
  return show(checkInbox({ ...stream, ts }, await jsm.consumers.info(INBOX, INBOX_CONSUMER)));
}

function show({ status, found, todo }: Finding): string {
  return `${status}: ${found}${todo === null ? "" : ` -> ${todo}`}`;
}
