import { assertEquals, assertMatch } from "@std/assert";
import { AckPolicy, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { createPerson, plainName } from "../support/command_client.ts";
import { checksThat, diagnose, found, streamsAt } from "../support/doctor.ts";
import { personUpdated, publishEvent } from "../support/foreign_events.ts";
import { PROGRAM } from "../support/program.ts";
import { bareEnvironment } from "../support/command_line.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestSystem } from "../support/test_system.ts";
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
  assertMatch(found(diagnosis, "permissions").join(), /DELETE.*UPDATE.*PURGE.*MSG\.DELETE/);
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
  assertEquals(await lag(), ['ok: "audit" of "PERSON_EVENTS": 1 to be read, 0 unacknowledged']);
  await Promise.all(Array.from({ length: 1_000 }, () => publish(system, crypto.randomUUID())));
  assertEquals(await lag(), [
    'warning: "audit" of "PERSON_EVENTS": 1001 to be read, 0 unacknowledged',
  ]);
});

Deno.test("doctor: more replicas than there are servers fail, and nothing is left behind", async () => {
  await using system = await TestSystem.start();
  const diagnosis = await diagnose({ NATS_URL: system.nats.url, STREAM_REPLICAS: "3" });
  assertEquals(checksThat(diagnosis, "failed"), ["stream creation", "event stream"]);
  assertEquals(await streamsAt(system.client.nc), {});
});

Deno.test("doctor: a login that may make and remove streams, but no consumers, leaves nothing behind", async () => {
  await using server = await TestNatsServer.start({
    config: `authorization { users: [
      { user: "operator", password: "secret" }
      { user: "half", password: "secret", permissions: {
        publish: { allow: ">", deny: "$JS.API.CONSUMER.>" }
      } }
    ] }`,
  });
  const settings = { NATS_URL: server.url, NATS_PASSWORD: "secret" };
  const diagnosis = await diagnose({ ...settings, NATS_USER: "half" });
  assertEquals(checksThat(diagnosis, "skipped"), ["sync_interval", "consumer creation"]);
  assertEquals(found(diagnosis, "stream removal"), ["ok: removed"]);
  const operator = await diagnose({ ...settings, NATS_USER: "operator" });
  assertEquals(found(operator, "JetStream"), ["ok: on, streams of this account: 0"]);
});

Deno.test("doctor: interrupted while its stream is there, it removes the stream and ends with status 2", async () => {
  await using system = await TestSystem.start();
  const hasStream = async () => Object.keys(await streamsAt(system.client.nc)).length > 0;
  const doctor = await until("a doctor is stopped amid its trial", async () => {
    const process = new Deno.Command(PROGRAM.path, {
      args: [...PROGRAM.args, "doctor"],
      clearEnv: true,
      env: { ...bareEnvironment(), NATS_URL: system.nats.url },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    await until("its stream is there", hasStream);
    process.kill("SIGSTOP");
    if (await hasStream()) return process;
    // It was too quick: the next one may not be.
    process.kill("SIGKILL");
    await process.output();
  });
  doctor.kill("SIGINT");
  doctor.kill("SIGCONT");
  const { code, stderr } = await doctor.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [2, "Ended by SIGINT\n"]);
  assertEquals(await streamsAt(system.client.nc), {});
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
