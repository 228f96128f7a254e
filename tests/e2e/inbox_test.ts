/** Durable commands, through the service as a process. */
import { assertEquals, assertMatch } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { createPerson, updateName } from "../support/command_client.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

const DURABLE = { DURABLE_COMMANDS: "true" };

Deno.test("durable commands published while no instance runs are executed once when one starts", async () => {
  await using system = await TestSystem.start();
  const inbox = new InboxClient(system.client.nc);
  // The streams are there since an instance ran.
  const first = await system.startService(DURABLE);
  assertEquals((await first.stop()).code, 0);
  const personId = crypto.randomUUID();
  await inbox.publish(createPerson(personId), { "Nats-Msg-Id": "create" });
  assertEquals(await inbox.count("INBOX"), 1);
  await system.startService(DURABLE);
  const { headers, ...outcome } = await inbox.outcome("create");
  assertEquals(outcome, {
    aggregate_id: personId,
    version: 1,
    events_generated: 1,
    stream_sequence: 1,
  });
  assertEquals([headers["Command-Id"], headers["Inbox-Sequence"]], ["create", "1"]);
  await inbox.publish(updateName(personId, "Grace"));
  assertEquals((await inbox.outcome("PERSON_EVENTS_INBOX%3A2")).version, 2);
  await inbox.emptied();
  const ids = (await system.events()).map(({ envelope }) => envelope.causation_id);
  assertEquals(ids[0], "create");
  assertMatch(ids[1] ?? "", /^PERSON_EVENTS_INBOX:2:\d{19}$/);
});

Deno.test("kill -9 amid 500 durable commands: each is executed exactly once", async () => {
  await using system = await TestSystem.start();
  const inbox = new InboxClient(system.client.nc);
  const jsm = await jetstreamManager(system.client.nc);
  const killed = await system.startService(DURABLE);
  const personIds = Array.from({ length: 500 }, () => crypto.randomUUID());
  const publish = (id: string) =>
    inbox.publish(createPerson(id), { "Nats-Msg-Id": `create/${id}` });
  await Promise.all(personIds.slice(0, 300).map(publish));
  await until("some are stored", async () => {
    const { state } = await jsm.streams.info("PERSON_EVENTS");
    return state.messages > 20;
  });
  await killed.kill();
  await Promise.all(personIds.slice(300).map(publish));
  await system.startService(DURABLE);
  await inbox.emptied();
  const stored = (await system.events()).map(({ envelope }) => envelope.aggregate_id);
  assertEquals(stored.toSorted(), personIds.toSorted());
  assertEquals(await inbox.count("OUTCOMES"), 500);
  for (const id of personIds.slice(0, 20)) {
    assertEquals((await inbox.outcome(`create%2F${id}`)).version, 1);
  }
});

Deno.test("two instances share the durable commands, and each person's versions have no gap", async () => {
  await using system = await TestSystem.start();
  const inbox = new InboxClient(system.client.nc);
  const instances = [await system.startService(DURABLE), await system.startService(DURABLE)];
  const personIds = Array.from({ length: 10 }, () => crypto.randomUUID());
  await Promise.all(personIds.map((id) => inbox.publish(createPerson(id))));
  await inbox.emptied();
  const names = Array.from({ length: 20 }, (_, n) => `Name ${n}`);
  await Promise.all(personIds.flatMap((id) => names.map((n) => inbox.publish(updateName(id, n)))));
  await inbox.emptied();
  const events = await system.events();
  for (const id of personIds) {
    const own = events.filter(({ envelope }) => envelope.aggregate_id === id);
    assertEquals(
      own.map(({ envelope }) => envelope.sequence),
      [...Array(21).keys()].map((n) => n + 1),
    );
  }
  for (const instance of instances) assertEquals((await instance.stop()).code, 0);
});

Deno.test("a refusal is an outcome and no dead letter; it goes to where Reply-To says, too", async () => {
  await using system = await TestSystem.start();
  const { nc } = system.client;
  const inbox = new InboxClient(nc);
  await system.startService(DURABLE);
  const replies = nc.subscribe("answers.here", { max: 1 });
  const personId = crypto.randomUUID();
  await inbox.publish(updateName(personId, "Grace"), {
    "Nats-Msg-Id": "refused.one",
    "Reply-To": "answers.here",
  });
  const { headers, ...outcome } = await inbox.outcome("refused%2Eone");
  assertEquals([outcome.error?.code, outcome.aggregate_id], ["NotFound", personId]);
  assertEquals(headers["Nats-Service-Error-Code"], "404");
  for await (const reply of replies) {
    assertEquals(reply.json(), outcome);
    assertEquals(reply.headers?.get("Command-Id"), "refused.one");
    assertEquals(reply.headers?.get("Nats-Service-Error-Code"), "404");
  }
  await inbox.emptied();
  assertEquals([await inbox.count("DLQ"), (await system.events()).length], [0, 0]);
});

Deno.test("what is no command is a dead letter with its reason and has an outcome; others are served", async () => {
  await using system = await TestSystem.start();
  const inbox = new InboxClient(system.client.nc);
  const service = await system.startService(DURABLE);
  const personId = crypto.randomUUID();
  const payloads = [
    ["garbage", new Uint8Array([0xff, 0x00, 0x7b])],
    ["unknown", '{"EatPerson": {}}'],
    ["lacking", JSON.stringify({ CreatePerson: { person_id: personId } })],
    ["large", `{"CreatePerson": "${"x".repeat(256 * 1024)}"}`],
  ] as const;
  for (const [id, payload] of payloads) {
    await inbox.publish(
      payload,
      { "Nats-Msg-Id": id, "Correlation-Id": "c-1" },
      "person.inbox.a.b",
    );
  }
  await inbox.publish(createPerson(personId), { "Nats-Msg-Id": "good" });
  assertEquals((await inbox.outcome("good")).version, 1);
  await inbox.emptied();
  const letters = (await inbox.letters()).toSorted((a, b) => a.letter.sequence - b.letter.sequence);
  assertEquals(letters.map(({ letter }) => [letter.command_id, letter.reason.code]), [
    ["garbage", "ParseError"],
    ["unknown", "ParseError"],
    ["lacking", "ValidationError"],
    ["large", "ValidationError"],
  ]);
  const [garbage, unknown, lacking, large] = letters;
  assertEquals(garbage?.subject, "person.dlq.a.b");
  assertEquals(garbage?.letter.payload, "/wB7");
  assertEquals(garbage?.letter.headers, { "Nats-Msg-Id": ["garbage"], "Correlation-Id": ["c-1"] });
  assertEquals(unknown?.letter.payload, '{"EatPerson": {}}');
  assertEquals([unknown?.letter.person_id, lacking?.letter.person_id], [null, personId]);
  assertEquals(large?.letter.payload.length, payloads[3][1].length);
  assertMatch(garbage?.letter.published_at ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  for (const [id] of payloads) {
    const { error } = await inbox.outcome(id);
    assertEquals(
      error?.code,
      letters.find(({ letter }) => letter.command_id === id)?.letter.reason.code,
    );
  }
  await service.logged(/is no command, and kept as a dead letter/);
});

Deno.test("without room for events, durable commands wait, refusals are decided, and all succeed once there is room", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const inbox = new InboxClient(client.nc);
  const jsm = await jetstreamManager(client.nc);
  await system.startService({ ...DURABLE, ALLOW_UNSAFE_STREAM: "true" });
  const [first, second, third] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  await jsm.streams.update("PERSON_EVENTS", { max_msgs: 1 });
  await inbox.publish(createPerson(first), { "Nats-Msg-Id": "first" });
  await inbox.outcome("first");
  await inbox.publish(createPerson(second), { "Nats-Msg-Id": "second" });
  await inbox.publish(createPerson(third), { "Nats-Msg-Id": "third" });
  await inbox.publish(createPerson(first), { "Nats-Msg-Id": "refused" });
  assertEquals((await inbox.outcome("refused")).error?.code, "AlreadyExists");
  await inbox.emptied({ butFor: 2 });
  await jsm.streams.update("PERSON_EVENTS", { max_msgs: -1 });
  assertEquals((await inbox.outcome("second")).version, 1);
  assertEquals((await inbox.outcome("third")).version, 1);
  await inbox.emptied();
  assertEquals((await system.events()).length, 3);
});

Deno.test("SIGTERM ends an instance that takes durable commands with exit status 0, also while NATS is away", async () => {
  await using system = await TestSystem.start();
  const inbox = new InboxClient(system.client.nc);
  const [busy, cutOff] = [await system.startService(DURABLE), await system.startService(DURABLE)];
  const ids = Array.from({ length: 200 }, () => crypto.randomUUID());
  const published = Promise.all(ids.map((id) => inbox.publish(createPerson(id))));
  assertEquals((await busy.stop()).code, 0);
  await published;
  await inbox.emptied();
  assertEquals((await system.events()).length, 200);
  await system.nats.kill();
  await cutOff.logged(/Lost NATS/);
  assertEquals((await cutOff.stop()).code, 0);
  assertEquals(/Not everything was answered/.test(cutOff.log), false);
});
