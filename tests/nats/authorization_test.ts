import { assertEquals, assertRejects } from "@std/assert";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { AuthorizationError, type NatsConnection } from "@nats-io/transport-node";
import { openEventStorage } from "../../src/nats/event_storage.ts";
import { streamsBeside } from "../../src/nats/subjects.ts";
import { createPerson } from "../support/command_client.ts";
import { defaultStreamSettings, systemClock } from "../support/event_store_fixture.ts";
import { type Login, NatsWithLogins } from "../support/nats_with_logins.ts";
import { TestApplication } from "../support/test_application.ts";
import { until } from "../support/until.ts";

const EVENTS = "PERSON_EVENTS";
const BUCKET = "KV_PERSON_EVENTS_SNAPSHOTS";
const [INBOX = "", OUTCOMES = "", DEAD_LETTERS = ""] = streamsBeside(EVENTS);
const STREAMS = [EVENTS, BUCKET, INBOX, OUTCOMES, DEAD_LETTERS];
const TAKING_AWAY = ["UPDATE", "PURGE", "DELETE", "RESTORE", "MSG.DELETE", "SNAPSHOT"];

/** What a login may not publish to. */
const FORBIDDEN: Record<Login, string[]> = {
  service: [
    ...STREAMS.flatMap((stream) =>
      [...TAKING_AWAY, "CREATE"].map((verb) => `$JS.API.STREAM.${verb}.${stream}`)
    ),
    "$JS.API.STREAM.LIST",
    `$JS.API.CONSUMER.CREATE.${EVENTS}.x`,
    `$JS.API.CONSUMER.CREATE.${INBOX}.x`,
    `$JS.API.CONSUMER.DELETE.${INBOX}.person-service`,
    `$JS.API.STREAM.MSG.GET.${INBOX}`,
    `$JS.API.STREAM.MSG.GET.${DEAD_LETTERS}`,
    "person.inbox.x",
    "$JS.API.STREAM.CREATE.OTHER",
    "$JS.API.INFO",
    "$KV.OTHER.x",
    "person.commands.x",
    "other.events.x",
    "_INBOX_client.x",
    "$SYS.REQ.USER.INFO",
  ],
  operator: ["person.events.x.created"],
  client: [
    "person.events.x.created",
    "person.commands",
    "other.commands.x",
    ...STREAMS.flatMap((stream) =>
      [...TAKING_AWAY, "CREATE", "INFO", "MSG.GET"].map((verb) =>
        `$JS.API.STREAM.${verb}.${stream}`
      )
    ),
    `$JS.API.DIRECT.GET.${EVENTS}`,
    `$JS.API.CONSUMER.CREATE.${EVENTS}.x`,
    `$JS.API.CONSUMER.CREATE.${INBOX}.x`,
    `$JS.API.CONSUMER.MSG.NEXT.${INBOX}.person-service`,
    `$JS.ACK.${INBOX}.person-service.1.1.1.1.0`,
    "person.outcomes.x",
    "person.dlq.x",
    "$KV.PERSON_EVENTS_SNAPSHOTS.x",
    "$SRV.PING",
    "_INBOX.person-service.x",
    "_INBOX_reader.x",
  ],
  reader: [
    "person.events.x.created",
    "person.commands.x",
    "person.inbox.x",
    ...TAKING_AWAY.map((verb) => `$JS.API.STREAM.${verb}.${EVENTS}`),
    `$JS.API.STREAM.MSG.GET.${BUCKET}`,
    `$JS.API.CONSUMER.CREATE.${BUCKET}.x`,
    "$KV.PERSON_EVENTS_SNAPSHOTS.x",
    "_INBOX.person-service.x",
    "_INBOX_client.x",
  ],
};

/** What a login may not subscribe to. */
const DEAF_TO: Record<Login, string[]> = {
  service: ["person.events.>", "person.>", "_INBOX.>", "_INBOX_client.>", "$JS.>", "$KV.>", ">"],
  operator: [],
  client: ["person.commands.>", "person.>", "_INBOX.>", "_INBOX_reader.>", "$JS.>", "$SRV.>", ">"],
  reader: ["person.events.>", "person.>", "_INBOX.>", "_INBOX_client.>", "$JS.>", "$KV.>", ">"],
};

for (const login of ["service", "operator", "client", "reader"] as const) {
  Deno.test(`Authorization: given the ${login}, when it does what others may, then it is denied`, async () => {
    await using nats = await NatsWithLogins.start();
    await setUp(nats);
    const nc = await nats.connect(login);
    for (const subject of FORBIDDEN[login]) nc.publish(subject, "{}");
    for (const subject of DEAF_TO[login]) nc.subscribe(subject, { callback: () => {} });
    await nc.flush();
    const denied = (await nats.violations(login)).map((line) => line.match(/Subject "(.*?)"/)?.[1]);
    assertEquals(denied, [...FORBIDDEN[login], ...DEAF_TO[login]]);
  });
}

Deno.test("Authorization: given a wrong password or none, when connecting, then nobody is let in", async () => {
  await using nats = await NatsWithLogins.start();
  for (const password of ["wrong", ""]) {
    await assertRejects(() => nats.connect("operator", password), AuthorizationError);
  }
});

Deno.test("Authorization: given the operator, when it manages the stream, then it may", async () => {
  await using nats = await NatsWithLogins.start();
  const nc = await setUp(nats);
  const jsm = await jetstreamManager(nc);
  assertEquals((await jsm.streams.update(EVENTS, { description: "persons" })).config.name, EVENTS);
  await jsm.consumers.add(EVENTS, { durable_name: "audit", ack_policy: AckPolicy.None });
  assertEquals(await jsm.consumers.delete(EVENTS, "audit"), true);
  assertEquals(await jsm.streams.delete(BUCKET), true);
  assertEquals(await nats.violations("operator"), []);
});

Deno.test("Authorization: given the reader, when it reads with consumers of its own, then it gets each event", async () => {
  await using nats = await NatsWithLogins.start();
  await setUp(nats);
  const id = crypto.randomUUID();
  await using storage = await serviceStorage(nats);
  await new TestApplication(storage.events).accept(createPerson(id));
  const nc = await nats.connect("reader");
  // As a client library does it by default.
  const jsm = await jetstreamManager(nc);
  await jsm.consumers.add(EVENTS, { durable_name: "audit", ack_policy: AckPolicy.Explicit });
  const durable = await jetstream(nc).consumers.get(EVENTS, "audit");
  const message = await durable.next();
  assertEquals(message?.subject, `person.events.${id}.created`);
  assertEquals(await message?.ackAck(), true);
  const ordered = await jetstream(nc).consumers.get(EVENTS);
  assertEquals((await ordered.next())?.subject, `person.events.${id}.created`);
  await ordered.delete();
  assertEquals(await durable.delete(), true);
  assertEquals(await nats.violations("reader"), []);
});

Deno.test("Authorization: given the client, when its command is answered, then only the client hears it", async () => {
  await using nats = await NatsWithLogins.start();
  const [service, client, reader] = await Promise.all([
    nats.connect("service"),
    nats.connect("client"),
    nats.connect("reader"),
  ]);
  service.subscribe("person.commands.>", {
    callback: (_, message) => {
      message.respond("first");
      message.respond("second");
    },
  });
  await service.flush();
  reader.subscribe("_INBOX_client.>", { callback: () => {} });
  await reader.flush();
  assertEquals((await client.request("person.commands.x", "{}")).string(), "first");
  // Its right to answer covers one reply.
  await until(
    "the second answer is refused",
    async () => (await nats.violations("service")).length === 1,
  );
  assertEquals((await nats.violations("reader")).length, 1);
});

/** Makes stream and bucket as the operator does. */
async function setUp(nats: NatsWithLogins): Promise<NatsConnection> {
  const nc = await nats.connect("operator");
  await open(nc);
  return nc;
}

/** The stores under the service's login; closes its connection at the end. */
async function serviceStorage(nats: NatsWithLogins) {
  const nc = await nats.connect("service");
  const storage = await open(nc);
  return { events: storage.events, [Symbol.asyncDispose]: () => nc.close() };
}

function open(nc: NatsConnection) {
  const incidents = { onRemade: () => {}, onRefused: () => {} };
  return openEventStorage(nc, defaultStreamSettings, systemClock, incidents);
}
