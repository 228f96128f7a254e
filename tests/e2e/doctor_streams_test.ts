import { assertEquals, assertMatch } from "@std/assert";
import { AckPolicy, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { createPerson, plainName } from "../support/command_client.ts";
import { checksThat, diagnose, found, streamsAt } from "../support/doctor.ts";
import { personUpdated, publishEvent } from "../support/foreign_events.ts";
import { personService } from "../support/command_line.ts";
import { TestSystem } from "../support/test_system.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { until } from "../support/until.ts";

Deno.test("doctor: an unsafe stream fails, setting by setting, with what mends it; nothing is left behind or changed", async () => {
  await using system = await streamOf({ max_age: nanos(86_400_000), max_bytes: 1_000_000 });
  const before = await streamsAt(system.client.nc);
  const diagnosis = await diagnose({ NATS_URL: system.nats.url });
  assertEquals(diagnosis.exitStatus, 1);
  const settings = diagnosis.findings.filter(({ check }) => check === "stream settings");
  assertEquals(settings.map(({ status, todo }) => [status, todo]), [
    ["failed", "nats stream edit PERSON_EVENTS --max-age=-1"],
    ["failed", "nats stream edit PERSON_EVENTS --max-bytes=-1"],
    ["failed", "nats stream edit PERSON_EVENTS --discard=new"],
    ["warning", "run person-service setup with an operator's login"],
  ]);
  assertEquals(await streamsAt(system.client.nc), before);

  const allowed = await diagnose({ NATS_URL: system.nats.url, ALLOW_UNSAFE_STREAM: "true" });
  assertEquals(checksThat(allowed, "failed"), ["snapshot bucket"]);
});

Deno.test("doctor: a stream that is nearly full is told before it is full", async () => {
  await using system = await streamOf({ max_msgs: 10, discard: "new" });
  for (let n = 1; n <= 9; n++) await publish(system, crypto.randomUUID());
  const diagnosis = await diagnose({ NATS_URL: system.nats.url, ALLOW_UNSAFE_STREAM: "true" });
  assertEquals(found(diagnosis, "stream events"), ["warning: 9 events of 10 events (90 %)"]);
  await publish(system, crypto.randomUUID());
  const full = await diagnose({ NATS_URL: system.nats.url, ALLOW_UNSAFE_STREAM: "true" });
  assertEquals(found(full, "stream events"), ["failed: 10 events of 10 events (100 %)"]);
});

Deno.test("doctor: of the streams for durable commands, too, is told what they hold of their limits; one that drops the oldest may be full", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url, DURABLE_COMMANDS: "true" };
  await personService(["setup"], settings);
  const { nc } = system.client;
  const { streams } = await jetstreamManager(nc);
  await streams.update("PERSON_EVENTS_INBOX", { max_msgs: 2 });
  await streams.update("PERSON_EVENTS_OUTCOMES", { max_msgs: 1 });
  await streams.update("PERSON_EVENTS_DLQ", { max_bytes: 1024 ** 2 });
  const inbox = new InboxClient(nc);
  for (let n = 0; n < 2; n++) await inbox.publish("no command");
  await inbox.publish("an outcome", {}, "person.outcomes.x");
  const diagnosis = await diagnose(settings, ["--quick"]);
  const told = ["inbox", "outcomes", "dead letters"].flatMap((stream) => [
    found(diagnosis, `${stream} storage`).map((line) => line.replace(/^.*bytes, /, "")),
    found(diagnosis, `${stream} messages`),
  ]);
  assertEquals(told, [
    ["without limit"],
    ["failed: 2 messages of 2 messages (100 %)"],
    ["without limit"],
    ["warning: 1 messages of 1 messages (100 %)"],
    ["ok: 0 bytes of 1.0 MiB (0 %)"],
    [],
  ]);
});

Deno.test("doctor: a hole in a person's history and an event that can't be read fail, by person; others are whole", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  await system.startService();
  const [whole, holed, unreadable] = [1, 2, 3].map(() => crypto.randomUUID());
  for (const person of [whole, holed, unreadable]) await client.send(createPerson(person ?? ""));
  await publishEvent(client.nc, holed ?? "", "updated", personUpdated(holed ?? "", 3, "Grace"));
  await publishEvent(client.nc, unreadable ?? "", "updated", { event: "none" });
  const diagnosis = await diagnose({ NATS_URL: system.nats.url });
  assertEquals(diagnosis.exitStatus, 1);
  assertEquals(checksThat(diagnosis, "failed"), ["histories"]);
  assertEquals(found(diagnosis, "histories"), [
    "failed: 5 events of 3 persons, damaged: 2 " +
    `(person ${holed} at 4: version 3 comes after version 1; ` +
    `person ${unreadable} at 5: Event at 5 of person "${unreadable}" can't be read)`,
  ]);
});

Deno.test("doctor: an event that was deleted is missed, and its person's history is incomplete", async () => {
  await using system = await streamOf({});
  const personId = crypto.randomUUID();
  for (const version of [1, 2, 3]) await publish(system, personId, version);
  await (await jetstreamManager(system.client.nc)).streams.deleteMessage("PERSON_EVENTS", 2);
  const diagnosis = await diagnose({ NATS_URL: system.nats.url });
  assertEquals(found(diagnosis, "missing messages"), ["warning: 1 are gone"]);
  assertMatch(found(diagnosis, "histories").join(), /at 3: version 3 comes after version 1/);
});

Deno.test("doctor: asking for rights does a stream no harm that nothing protects", async () => {
  await using system = await streamOf({});
  for (const version of [1, 2, 3]) await publish(system, crypto.randomUUID(), version);
  const before = await streamsAt(system.client.nc);
  const diagnosis = await diagnose({ NATS_URL: system.nats.url }, ["--quick"]);
  assertMatch(
    found(diagnosis, "permissions").join(),
    /^warning: .*DELETE.*UPDATE.*PURGE.*MSG\.DELETE.* write events, too$/,
  );
  assertEquals(await streamsAt(system.client.nc), before);
});

Deno.test("doctor: a stream on the commands fails, one on other subjects of ours does not", async () => {
  await using system = await TestSystem.start();
  const jsm = await jetstreamManager(system.client.nc);
  await jsm.streams.add({ name: "AUDIT", subjects: ["person.commands.audited"] });
  const diagnosis = await diagnose({ NATS_URL: system.nats.url });
  assertEquals(found(diagnosis, "commands"), [
    'failed: stream "AUDIT" covers "person.commands.>" and answers in the service\'s place',
  ]);
  await jsm.streams.update("AUDIT", { subjects: ["person.audit.>"] });
  const without = await diagnose({ NATS_URL: system.nats.url });
  assertEquals(found(without, "commands"), ['ok: no stream covers "person.commands.>"']);
});

Deno.test("doctor: each consumer is told with its lag, and a warning where that is large", async () => {
  await using system = await streamOf({});
  const jsm = await jetstreamManager(system.client.nc);
  await jsm.consumers.add("PERSON_EVENTS", { durable_name: "audit", ack_policy: AckPolicy.None });
  await publish(system, crypto.randomUUID());
  const lag = async () =>
    found(await diagnose({ NATS_URL: system.nats.url }, ["--quick"]), "consumer lag");
  assertEquals(await lag(), [
    'ok: "audit" of "PERSON_EVENTS": 1 to be read, 0 delivered again, 0 unacknowledged',
  ]);
  await Promise.all(Array.from({ length: 1_000 }, () => publish(system, crypto.randomUUID())));
  assertEquals(await lag(), [
    'warning: "audit" of "PERSON_EVENTS": 1001 to be read, 0 delivered again, 0 unacknowledged',
  ]);
});

Deno.test("doctor: durable commands that nobody takes, and dead letters, are told; streams for them that are missing, too", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url, DURABLE_COMMANDS: "true" };
  await personService(["setup"], { NATS_URL: system.nats.url });
  const without = await diagnose(settings, ["--quick"]);
  assertEquals(found(without, "durable commands"), [
    "failed: there is no PERSON_EVENTS_INBOX, PERSON_EVENTS_OUTCOMES, PERSON_EVENTS_DLQ",
  ]);
  await personService(["setup"], settings);
  const inbox = new InboxClient(system.client.nc);
  for (let n = 0; n < 3; n++) await inbox.publish("no command");
  const waiting = await diagnose(settings, ["--quick"]);
  assertMatch(found(waiting, "inbox lag").join(), /^ok: .*: 3 to be read, .*; the oldest, at 1,/);
  await system.startService({ DURABLE_COMMANDS: "true" });
  await until("the service has looked at them", async () => {
    const diagnosis = await diagnose(settings, ["--quick"]);
    return found(diagnosis, "dead letters").join() === "warning: 3 are no commands";
  });
  const unfit = await diagnose({ ...settings, SUBJECT_PREFIX: "people" }, ["--quick"]);
  assertEquals(found(unfit, "durable commands"), [
    'failed: stream "PERSON_EVENTS_INBOX": its subjects are not "people.inbox.>"',
    'failed: stream "PERSON_EVENTS_OUTCOMES": its subjects are not "people.outcomes.>"',
    'failed: stream "PERSON_EVENTS_DLQ": its subjects are not "people.dlq.>"',
  ]);
});

/** A system with a stream that lacks what protects it, and no service. */
async function streamOf(config: Partial<StreamConfig> & { discard?: "new" }): Promise<TestSystem> {
  const system = await TestSystem.start();
  const jsm = await jetstreamManager(system.client.nc);
  const subjects = ["person.events.>"];
  await jsm.streams.add({ ...config, name: "PERSON_EVENTS", subjects, allow_direct: true });
  return system;
}

/** Stores an event of a person as another program would. */
async function publish(system: TestSystem, personId: string, version = 1): Promise<void> {
  if (version > 1) {
    const body = personUpdated(personId, version, `Ada ${version}`);
    await publishEvent(system.client.nc, personId, "updated", body);
    return;
  }
  const body = personUpdated(personId, 1, "Ada");
  const name = plainName("Ada");
  const created_at = body.timestamp;
  const event = { PersonCreated: { person_id: personId, name, source: "test", created_at } };
  await publishEvent(system.client.nc, personId, "created", { ...body, event });
}
