import { assertEquals } from "@std/assert";
import { StoreUnavailable } from "../../../src/application/failures.ts";
import { deliveryOf } from "../../../src/nats/inbox/delivery.ts";
import { INBOX_CONSUMER } from "../../../src/nats/inbox/inbox_consumer_settings.ts";
import { CapturedLog } from "../../support/captured_log.ts";
import { createPerson, updateName } from "../../support/command_client.ts";
import { OpenedInbox } from "../../support/inbox_fixture.ts";
import { readEvents } from "../../support/stream_messages.ts";
import { altered } from "../../support/test_application.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";
const INBOX = "PERSON_EVENTS_INBOX";

test("given an earlier command that an instance died with, when later ones are refused for want of it, then they wait for it, others don't", async (opened) => {
  const { client } = opened;
  await opened.prepare();
  await client.publish(createPerson(ID), { "Nats-Msg-Id": "create" });
  const dead = await opened.take();
  const names = Array.from({ length: 100 }, (_, n) => `Ada ${n}`);
  await Promise.all(names.map((name) => client.publish(updateName(ID, name))));
  await client.publish(createPerson(OTHER_ID), { "Nats-Msg-Id": "other" });
  const log = new CapturedLog();
  dead.respond("+WPI");
  await opened.start();
  assertEquals((await client.outcome("other")).version, 1);
  await log.waitFor("waits for earlier ones");
  dead.respond("-NAK");
  await client.emptied();
  const events = await readEvents(opened.caller.nc);
  assertEquals(events.filter(({ envelope }) => envelope.aggregate_id === ID).length, 101);
});

test("given many commands for a person that is not there, when nothing earlier waits, then all are refused without a wait for each", async (opened) => {
  const { client } = opened;
  await opened.start();
  const names = Array.from({ length: 300 }, (_, n) => `Ada ${n}`);
  await Promise.all(names.map((name) => client.publish(updateName(ID, name))));
  await client.emptied();
  assertEquals(await client.count("OUTCOMES"), 300);
});

test("given two instances and an earlier command that comes late, when many are refused for want of it, then they wait without being delivered again and again", async (opened) => {
  const { client, jsm } = opened;
  await opened.prepare();
  await client.publish(createPerson(ID), { "Nats-Msg-Id": "create" });
  const late = await opened.take();
  const names = Array.from({ length: 300 }, (_, n) => `Ada ${n}`);
  await Promise.all(names.map((name) => client.publish(updateName(ID, name))));
  await client.publish(createPerson(OTHER_ID), { "Nats-Msg-Id": "other" });
  late.respond("+WPI");
  await opened.start();
  await opened.start();
  assertEquals((await client.outcome("other")).version, 1);
  late.respond("-NAK");
  await client.emptied();
  assertEquals((await readEvents(opened.caller.nc)).length, 302);
  // Some may have come to an instance where too many wait already.
  const { delivered } = await jsm.consumers.info(INBOX, INBOX_CONSUMER);
  assertEquals(delivered.consumer_seq < 1.5 * names.length, true, `${delivered.consumer_seq}`);
});

test("given a refusal that waits for an earlier command, when its instance is drained, then another one can have it", async (opened) => {
  const { client } = opened;
  await opened.prepare();
  await client.publish(createPerson(OTHER_ID));
  const late = await opened.take();
  await client.publish(updateName(ID, "Grace"), { "Nats-Msg-Id": "refused" });
  const log = new CapturedLog();
  const first = await opened.start();
  await log.waitFor("waits for earlier ones");
  late.respond("+WPI");
  await first.drain();
  const refused = await opened.take();
  assertEquals([refused.headers?.get("Nats-Msg-Id"), deliveryOf(refused).count], ["refused", 2]);
});

test("given a command that came often without a failure, when it fails, then it is tried again as soon as after any first one", async (opened) => {
  const { client } = opened;
  await opened.prepare();
  await client.publish(createPerson(ID), { "Nats-Msg-Id": "create" });
  for (let n = 0; n < 8; n++) (await opened.take()).respond("-NAK");
  const log = new CapturedLog();
  let failures = 2;
  await opened.start((store) =>
    altered(store, {
      append: (append, deadline) =>
        failures-- > 0
          ? Promise.reject(new StoreUnavailable("no leader", "not stored"))
          : store.append(append, deadline),
    })
  );
  await log.waitFor("Message 1 of PERSON_EVENTS_INBOX is tried again in 250 ms: Unavailable");
  await log.waitFor("Message 1 of PERSON_EVENTS_INBOX is tried again in 500 ms: Unavailable");
  assertEquals((await client.outcome("create")).version, 1);
});

function test(sentence: string, run: (opened: OpenedInbox) => Promise<void>): void {
  Deno.test(`Redelivery from the inbox: ${sentence}`, async () => {
    await using opened = await OpenedInbox.open();
    await run(opened);
  });
}
