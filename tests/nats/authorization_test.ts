import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { AuthorizationError, type NatsConnection, nkeys } from "@nats-io/transport-node";
import { connectOnce } from "../../src/cli/connect_once.ts";
import { openEventStorage } from "../../src/nats/event_storage.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { load } from "../support/config.ts";
import { defaultStreamSettings, systemClock } from "../support/event_store_fixture.ts";
import { NatsWithLogins } from "../support/nats_with_logins.ts";
import { TestApplication } from "../support/test_application.ts";
import { TestFile } from "../support/test_file.ts";
import { until } from "../support/until.ts";

const EVENTS = "PERSON_EVENTS";
const BUCKET = "KV_PERSON_EVENTS_SNAPSHOTS";

Deno.test("Authorization: given a wrong password or none, when connecting, then nobody is let in", async () => {
  await using nats = await NatsWithLogins.start();
  for (const password of ["wrong", ""]) {
    await assertRejects(() => nats.connect("operator", password), AuthorizationError);
  }
});

Deno.test("Authorization: given a nkey in place of the service's user and password, when it logs in with the seed, then it is the service", async () => {
  const key = nkeys.createUser();
  await using nats = await NatsWithLogins.start((users) => {
    const edited = users.replace(
      /user: "service"\n\s*password: \$SERVICE_PASSWORD/,
      `nkey: "${key.getPublicKey()}"`,
    );
    assertNotEquals(edited, users);
    return edited;
  });
  await setUp(nats);
  await using seed = await TestFile.create(new TextDecoder().decode(key.getSeed()));
  await using nc = await connectOnce(
    load({ NATS_URL: nats.server.url, NATS_NKEY_SEED_FILE: seed.path }),
    "test",
    15_000,
  );
  const { events } = await open(nc);
  await new TestApplication(events).accept(createPerson(crypto.randomUUID()));
  await assertRejects(() => nats.connect("service"), AuthorizationError);
  nc.publish(`$JS.API.STREAM.DELETE.${EVENTS}`);
  await nc.flush();
  assertStringIncludes(await nats.server.log(), `Subject "$JS.API.STREAM.DELETE.${EVENTS}"`);
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

Deno.test("Authorization: given the reader, when it reads with the consumer that the operator made for it, then it gets each event", async () => {
  await using nats = await NatsWithLogins.start();
  const operator = await setUp(nats);
  const id = crypto.randomUUID();
  await using storage = await serviceStorage(nats);
  const application = new TestApplication(storage.events);
  for (const command of [createPerson(id), updateName(id, "A"), updateName(id, "B")]) {
    await application.accept(command);
  }
  const nc = await nats.connect("reader");
  const jsm = await jetstreamManager(operator);
  await jsm.consumers.add(EVENTS, { durable_name: "reader", ack_policy: AckPolicy.Explicit });
  const consumer = await jetstream(nc, { apiPrefix: "PERSONS.API" }).consumers.get(
    EVENTS,
    "reader",
  );
  const messages = await consumer.fetch({ max_messages: 3 });
  let version = 0;
  for await (const message of messages) {
    assertEquals(
      message.subject,
      `person.events.${id}.${version === 0 ? "created" : "name_updated"}`,
    );
    assertEquals(await message.ackAck(), true);
    if (++version === 3) break;
  }
  assertEquals((await consumer.info()).num_ack_pending, 0);
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
