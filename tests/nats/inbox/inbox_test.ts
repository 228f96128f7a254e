import { assertEquals } from "@std/assert";
import { UnreadableHistory } from "../../../src/application/failures.ts";
import { INBOX_CONSUMER } from "../../../src/nats/inbox/inbox_consumer_settings.ts";
import { CapturedLog } from "../../support/captured_log.ts";
import { CommandClient, createPerson, updateName } from "../../support/command_client.ts";
import { InboxClient } from "../../support/inbox_client.ts";
import { OpenedInbox } from "../../support/inbox_fixture.ts";
import { publishRaw } from "../../support/publish_raw.ts";
import { remakeStream } from "../../support/remake_stream.ts";
import { readEvents } from "../../support/stream_messages.ts";
import { altered } from "../../support/test_application.ts";
import { until } from "../../support/until.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";
const INBOX = "PERSON_EVENTS_INBOX";

test("given the consumer is deleted while it is used, when a command comes, then it is executed", async (opened) => {
  const { client, jsm } = opened;
  await opened.start();
  await client.publish(createPerson(ID), { "Nats-Msg-Id": "before" });
  await client.outcome("before");
  await jsm.consumers.delete(INBOX, INBOX_CONSUMER);
  await client.publish(updateName(ID, "Grace"), { "Nats-Msg-Id": "after" });
  assertEquals((await client.outcome("after")).version, 2);
  await client.emptied();
});

test("given the stream is made anew while it is used, when a command comes, then it is executed", async (opened) => {
  const { client, jsm } = opened;
  await opened.start();
  const { config } = await jsm.streams.info(INBOX);
  await remakeStream(jsm, config);
  await client.publish(createPerson(ID), { "Nats-Msg-Id": "after" });
  assertEquals((await client.outcome("after")).version, 1);
});

test("given the stream is made anew, when a command without an id comes to a place where an equal one was, then it is executed", async (opened) => {
  const { client, jsm, caller } = opened;
  await opened.start();
  await client.publish(createPerson(ID), { "Nats-Msg-Id": "create" });
  await client.publish(updateName(ID, "Grace"));
  await client.emptied();
  const { config } = await jsm.streams.info(INBOX);
  await remakeStream(jsm, config);
  await client.publish(updateName(ID, "Jean"), { "Nats-Msg-Id": "between" });
  await client.emptied();
  const { seq } = await client.publish(updateName(ID, "Grace"));
  await client.emptied();
  const events = await readEvents(caller.nc);
  assertEquals(events.map(({ envelope }) => envelope.sequence), [1, 2, 3, 4]);
  const { headers, version } = await client.outcome(`${INBOX}%3A${seq}`);
  assertEquals([seq, version, headers["Command-Id"]], [2, 4, events[3]?.envelope.causation_id]);
});

test("given the server is killed and comes back, when a command comes, then it is executed", async (opened) => {
  await opened.start();
  await opened.server.kill();
  await opened.server.restart();
  // What is published while a connection is on its way back is lost.
  await using caller = await CommandClient.connect(opened.server.url);
  const client = new InboxClient(caller.nc);
  await client.publish(createPerson(ID), { "Nats-Msg-Id": "after" });
  assertEquals((await client.outcome("after")).version, 1);
});

test("given a person whose history can't be read, when commands come, then theirs waits and others are executed", async (opened) => {
  const { client } = opened;
  const log = new CapturedLog();
  await opened.start((store) =>
    altered(store, {
      readLast: (id, deadline) =>
        id === ID
          ? Promise.reject(new UnreadableHistory(ID, 1, "history incomplete at 1"))
          : store.readLast(id, deadline),
    })
  );
  // More than are worked on at once, and than wait at a consumer by default.
  const stuck = Array.from({ length: 1_500 }, (_, n) => client.publish(updateName(ID, `Ada ${n}`)));
  await Promise.all(stuck);
  await client.publish(createPerson(OTHER_ID), { "Nats-Msg-Id": "other" });
  assertEquals((await client.outcome("other")).version, 1);
  await log.waitFor("is tried again in 5000 ms: Internal: history incomplete at 1");
  await client.emptied({ butFor: 1_500 });
});

test("given a reply subject among our own or the server's, when a command is done, then nothing goes there", async (opened) => {
  const { client, caller } = opened;
  await opened.start();
  const hostile = [
    "person.inbox.x",
    `person.events.${ID}.created`,
    "$JS.API.STREAM.DELETE.X",
    "a b",
  ];
  const heard: string[] = [];
  caller.nc.subscribe(">", { callback: (_, { subject }) => void heard.push(subject) });
  for (const [n, replyTo] of hostile.entries()) {
    const headers = { "Nats-Msg-Id": `${n}`, "Reply-To": replyTo };
    await client.publish(updateName(ID, "Grace"), headers);
    assertEquals((await client.outcome(`${n}`)).error?.code, "NotFound");
  }
  await client.emptied();
  assertEquals(heard.filter((subject) => hostile.includes(subject)), []);
  assertEquals((await readEvents(caller.nc)).length, 0);
});

test("given more headers than are read, when it comes, then it is a dead letter and others are executed", async (opened) => {
  const { client, server } = opened;
  await opened.start();
  const { config } = await opened.jsm.streams.info(INBOX);
  await opened.jsm.streams.update(INBOX, { ...config, max_msg_size: -1 });
  const bomb = Array.from({ length: 8_000 }, (_, n) => `${n.toString(36)}:\r\n`).join("");
  await publishRaw(server.url, "person.inbox.x", "", bomb, JSON.stringify(createPerson(ID)));
  await client.publish(createPerson(OTHER_ID), { "Nats-Msg-Id": "other" });
  assertEquals((await client.outcome("other")).version, 1);
  await client.emptied();
  const [letter] = await client.letters();
  assertEquals([letter?.letter.headers, letter?.letter.reason.code], [null, "ValidationError"]);
});

test("given no stream for outcomes, when a command comes, then it is kept until there is one, and done once", async (opened) => {
  const { client, jsm, caller } = opened;
  await opened.start();
  const { config } = await jsm.streams.info("PERSON_EVENTS_OUTCOMES");
  await jsm.streams.delete("PERSON_EVENTS_OUTCOMES");
  await client.publish(createPerson(ID), { "Nats-Msg-Id": "once" });
  await until("it comes again", async () => {
    const consumer = await jsm.consumers.info(INBOX, INBOX_CONSUMER);
    return consumer.delivered.consumer_seq > 1;
  });
  assertEquals(await client.count("INBOX"), 1);
  await until("the stream is made anew", () => jsm.streams.add(config));
  assertEquals((await client.outcome("once")).version, 1);
  await client.emptied();
  assertEquals((await readEvents(caller.nc)).length, 1);
});

test("given commands in work, when it is drained, then it waits for them and another instance takes the rest", async (opened) => {
  const { client } = opened;
  const blocked = Promise.withResolvers<void>();
  const first = await opened.start((store) =>
    altered(store, {
      append: async (append, deadline) => {
        await blocked.promise;
        return await store.append(append, deadline);
      },
    })
  );
  const ids = Array.from({ length: 200 }, () => crypto.randomUUID());
  await Promise.all(ids.map((id) => client.publish(createPerson(id))));
  const drained = first.drain();
  await opened.start();
  await until(
    "only what the first has in work is left",
    async () => await client.count("INBOX") <= 64,
  );
  blocked.resolve();
  await drained;
  await client.emptied();
  assertEquals((await readEvents(opened.caller.nc)).length, 200);
});

function test(sentence: string, run: (opened: OpenedInbox) => Promise<void>): void {
  Deno.test(`Inbox: ${sentence}`, async () => {
    await using opened = await OpenedInbox.open();
    await run(opened);
  });
}
