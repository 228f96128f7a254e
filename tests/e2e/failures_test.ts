/** What becomes of commands that no decision answers. */
import { assert, assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { createPerson, updateName } from "../support/command_client.ts";
import { personUpdated, publishEvent } from "../support/foreign_events.ts";
import { readReply } from "../support/replies.ts";
import { TestSystem } from "../support/test_system.ts";

Deno.test("a person changed by others more often than MAX_CONFLICT_RETRIES allows: ConcurrencyConflict, and nothing is stored", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  await system.startService({ MAX_CONFLICT_RETRIES: "0" });
  const personId = crypto.randomUUID();
  await client.send(createPerson(personId));
  await publishEvent(client.nc, personId, "updated", personUpdated(personId, 2, "Augusta"));
  const reply = readReply(await client.request(updateName(personId, "Grace")));
  assertEquals([reply.error?.code, reply.aggregate_id, reply.version], [
    "ConcurrencyConflict",
    personId,
    2,
  ]);
  assertEquals((await client.send(updateName(personId, "Grace"))).version, 3);
  assertEquals((await system.events()).length, 3);
});

Deno.test("more commands than MAX_QUEUED wait: those beyond are Overloaded and store nothing, the others are accepted", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const service = await system.startService({ MAX_IN_FLIGHT: "1", MAX_QUEUED: "10" });
  const personIds = Array.from({ length: 500 }, () => crypto.randomUUID());
  service.freeze();
  const requests = personIds.map((personId) => client.request(createPerson(personId)));
  await client.nc.flush();
  service.thaw();
  const replies = (await Promise.all(requests)).map(readReply);
  const accepted = replies.flatMap(({ version, aggregate_id }) =>
    version === 1 ? aggregate_id : []
  );
  const overloaded = replies.filter(({ error }) => error?.code === "Overloaded");
  assertEquals(accepted.length + overloaded.length, 500);
  assert(accepted.length > 10);
  assert(overloaded.length > 0);
  const stored = (await system.events()).map(({ envelope }) => envelope.aggregate_id);
  assertEquals(stored.toSorted(), accepted.toSorted());
});

Deno.test("a person's thousand-and-first waiting command is Overloaded", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const service = await system.startService();
  const [busy, other] = [crypto.randomUUID(), crypto.randomUUID()];
  service.freeze();
  const requests = Array.from({ length: 1_500 }, () => client.request(createPerson(busy)));
  const another = client.send(createPerson(other));
  await client.nc.flush();
  service.thaw();
  const codes = (await Promise.all(requests)).map((reply) => readReply(reply).error?.code);
  assertEquals(new Set(codes), new Set([undefined, "AlreadyExists", "Overloaded"]));
  assertEquals((await another).version, 1);
});

Deno.test("a stream without room: Unavailable, not stored; and served again once there is room", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const jsm = await jetstreamManager(client.nc);
  await system.startService({ ALLOW_UNSAFE_STREAM: "true" });
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
  await jsm.streams.update("PERSON_EVENTS", { max_msgs: 1 });
  assertEquals((await client.send(createPerson(first))).version, 1);
  const { error } = readReply(await client.request(createPerson(second)));
  assertEquals([error?.code, error?.details], ["Unavailable", { outcome: "not stored" }]);
  await jsm.streams.update("PERSON_EVENTS", { max_msgs: -1 });
  assertEquals((await client.send(createPerson(second))).version, 1);
  assertEquals((await system.events()).length, 2);
});

Deno.test("a stream that is gone: Unavailable at the deadline, not stored", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  await system.startService({ COMMAND_TIMEOUT: "3s" });
  const personId = crypto.randomUUID();
  assertEquals((await client.send(createPerson(personId))).version, 1);
  await (await jetstreamManager(client.nc)).streams.delete("PERSON_EVENTS");
  for (const command of [updateName(personId, "Grace"), createPerson(crypto.randomUUID())]) {
    const { error } = readReply(await client.request(command));
    assertEquals([error?.code, error?.details], ["Unavailable", { outcome: "not stored" }]);
  }
});

Deno.test("a command without a reply subject that fails is logged with its id, code and message", async () => {
  await using system = await TestSystem.start();
  const service = await system.startService();
  const fields = headers();
  fields.set("Nats-Msg-Id", "c-1");
  const personId = crypto.randomUUID();
  const publish = (payload: string) =>
    system.client.nc.publish("person.commands.test", payload, { headers: fields });
  publish(JSON.stringify(updateName(personId, "Grace")));
  await service.logged(new RegExp(`c-1.*NotFound.*"${personId}": no such person`));
  publish("not JSON");
  await service.logged(/c-1.*ParseError.*not JSON/);
});
