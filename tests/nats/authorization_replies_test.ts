/** The server writes an answer wherever its request says, with rights of its own. */
import { assertEquals } from "@std/assert";
import { AckPolicy, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { personService } from "../support/command_line.ts";
import { type Login, NatsWithLogins } from "../support/nats_with_logins.ts";

const EVENTS = "PERSON_EVENTS";
const STREAMS = [EVENTS, `${EVENTS}_INBOX`, `${EVENTS}_OUTCOMES`, `${EVENTS}_DLQ`];

/** What each login may publish to, or might where a file is laxer, and what answers. */
const ANSWERED: Record<"client" | "reader", string[]> = {
  client: [
    "$JS.API.DIRECT.GET.PERSON_EVENTS_OUTCOMES.person.outcomes.none",
    "$JS.API.DIRECT.GET.PERSON_EVENTS_OUTCOMES.person.outcomes.kept",
    "person.commands.x",
  ],
  reader: [
    "$JS.API.INFO",
    "$JS.API.STREAM.INFO.PERSON_EVENTS",
    ...["$JS.API", "PERSONS.API"].flatMap((api) => [
      `${api}.CONSUMER.INFO.PERSON_EVENTS.reader`,
      `${api}.CONSUMER.MSG.NEXT.PERSON_EVENTS.reader`,
    ]),
    "$JS.ACK.PERSON_EVENTS.reader.1.1.1.1.0",
  ],
};

/** Where an answer does harm. */
const HARMED = [
  ...STREAMS.flatMap((stream) => [
    `$JS.API.STREAM.PURGE.${stream}`,
    `$JS.API.STREAM.DELETE.${stream}`,
  ]),
  `$JS.API.CONSUMER.DELETE.${EVENTS}.reader`,
  `person.events.${crypto.randomUUID()}.name_updated`,
  "person.outcomes.kept",
  "person.dlq.x",
  "$KV.PERSON_EVENTS_SNAPSHOTS.x",
];

for (const login of ["client", "reader"] as const) {
  Deno.test(`Authorization: given the ${login}, when it wants answers where they do harm, then nothing is stored or taken away`, async () => {
    await using nats = await NatsWithLogins.start();
    const operator = await prepare(nats);
    const before = await contents(operator);
    const nc = await nats.connect(login);
    for (const subject of ANSWERED[login]) {
      for (const reply of HARMED) await answeredAt(nc, subject, reply);
    }
    assertEquals(await contents(operator), before);
  });
}

Deno.test("Authorization: given the client, when what it sends to the inbox is acknowledged where that does harm, then its messages are all that is stored", async () => {
  await using nats = await NatsWithLogins.start();
  const operator = await prepare(nats);
  const before = await contents(operator);
  const nc = await nats.connect("client");
  for (const reply of HARMED) await answeredAt(nc, "person.inbox.x", reply);
  // What was sent before it is stored by now.
  await nc.request("person.inbox.x", "", { timeout: 15_000 });
  const inbox = `${EVENTS}_INBOX`;
  const { [inbox]: sent, [`last of ${inbox}`]: last, ...others } = await contents(operator);
  assertEquals([sent, last], [HARMED.length + 1, HARMED.length + 1]);
  const { [inbox]: _sent, [`last of ${inbox}`]: _last, ...othersBefore } = before;
  assertEquals(others, othersBefore);
});

Deno.test("Authorization: given the reader, when it makes a consumer that delivers where that does harm, then nothing is stored or taken away", async () => {
  await using nats = await NatsWithLogins.start();
  const operator = await prepare(nats);
  const before = await contents(operator);
  const nc = await nats.connect("reader");
  for (const [n, deliver_subject] of HARMED.entries()) {
    const config = { name: `r${n}`, deliver_subject, headers_only: true, ack_policy: "none" };
    nc.publish(
      `$JS.API.CONSUMER.CREATE.${EVENTS}.r${n}`,
      JSON.stringify({ stream_name: EVENTS, config }),
    );
    await nc.flush();
  }
  assertEquals(await contents(operator), before);
});

/** Everything set up and a message in each stream that the attacks are about. */
async function prepare(nats: NatsWithLogins): Promise<NatsConnection> {
  const settings = { ...nats.settingsOf("operator" satisfies Login), DURABLE_COMMANDS: "true" };
  assertEquals((await personService(["setup"], settings)).status, 0);
  const service = await nats.connect("service");
  await service.request(`person.events.${crypto.randomUUID()}.created`, "{}");
  await service.request("person.outcomes.kept", "kept");
  await service.request("person.dlq.kept", "kept");
  service.subscribe("person.commands.>", {
    callback: (_, message) => {
      message.respond("answer");
    },
  });
  await service.flush();
  const operator = await nats.connect("operator");
  const jsm = await jetstreamManager(operator);
  await jsm.consumers.add(EVENTS, { durable_name: "reader", ack_policy: AckPolicy.Explicit });
  return operator;
}

/** Returns when the server has read it. */
async function answeredAt(nc: NatsConnection, subject: string, reply: string): Promise<void> {
  nc.publish(subject, "", { reply });
  await nc.flush();
}

/** How many messages each stream has, and how many consumers there are. */
async function contents(operator: NatsConnection): Promise<Record<string, number>> {
  const jsm = await jetstreamManager(operator);
  const found: Record<string, number> = {};
  for await (const { config, state } of jsm.streams.list()) {
    found[config.name] = state.messages;
    found[`last of ${config.name}`] = state.last_seq;
    found[`consumers of ${config.name}`] = state.consumer_count;
  }
  return found;
}
