import { assertEquals, assertMatch } from "@std/assert";
import { RetentionPolicy } from "@nats-io/jetstream";
import { checkInbox } from "../../src/cli/doctor/inbox.ts";
import { INBOX_CONSUMER } from "../../src/nats/inbox/inbox_consumer_settings.ts";
import { OpenedInbox } from "../support/inbox_fixture.ts";
import { until } from "../support/until.ts";

const INBOX = "PERSON_EVENTS_INBOX";

Deno.test("checkInbox: given an inbox of retention limits, when all that is in it is done, then it is never told to be delivered again; when a command waits, then it warns after a minute", async () => {
  await using opened = await OpenedInbox.open();
  const { jsm } = opened;
  const retention = RetentionPolicy.Limits;
  const subjects = ["person.inbox.>"];
  await jsm.streams.add({ name: INBOX, subjects, retention, duplicate_window: 1e8 });
  await opened.prepare();
  await opened.client.publish("done");
  (await opened.take()).respond("+ACK");
  await until("it is done", async () => {
    const { ack_floor } = await jsm.consumers.info(INBOX, INBOX_CONSUMER);
    return ack_floor.stream_seq === 1;
  });
  const lagAfter = async (seconds: number) => {
    const consumer = await jsm.consumers.info(INBOX, INBOX_CONSUMER);
    const stream = await jsm.streams.info(INBOX);
    const ts = new Date(Date.parse(stream.state.last_ts) + 1_000 * seconds).toISOString();
    const { status, found, todo } = checkInbox({ ...stream, ts }, consumer);
    return `${status}: ${found} -> ${todo}`;
  };
  const nothing = "0 to be read, 0 delivered again, 0 unacknowledged";
  assertEquals(await lagAfter(86_400), `ok: "person-service" of "${INBOX}": ${nothing} -> null`);

  await opened.client.publish("waits");
  assertMatch(await lagAfter(59), /^ok: .* 1 to be read, .* waited for at least 59 s -> null$/);
  assertMatch(await lagAfter(61), /^warning: .* 1 to be read, .* 61 s -> start the service with/);
  await opened.take();
  assertMatch(await lagAfter(61), /^warning: .* 1 unacknowledged; .* -> look in the log of /);
});
