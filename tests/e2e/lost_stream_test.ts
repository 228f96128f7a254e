/** A stream of events that is gone while other streams of the service are left. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { createPerson, updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { diagnose, streamsAt } from "../support/doctor.ts";
import { TestService } from "../support/service_process.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

const STREAM = "PERSON_EVENTS";
const BUCKET = `KV_${STREAM}_SNAPSHOTS`;

Deno.test("the events lost beside an inbox: doctor says to restore, and neither setup nor an instance makes an empty stream, unless told so", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url, DURABLE_COMMANDS: "true" };
  const service = await system.startService(settings);
  await system.client.send(createPerson(crypto.randomUUID()));
  await service.stop();
  await (await jetstreamManager(system.client.nc)).streams.delete(STREAM);
  const left = await streamsAt(system.client.nc);

  const { findings } = await diagnose(settings, ["--quick"]);
  const finding = findings.find(({ check }) => check === "event stream");
  assertMatch(finding?.found ?? "", /there was one: stream "PERSON_EVENTS_INBOX", .* is left$/);
  assertMatch(finding?.todo ?? "", /^stop all instances and run person-service restore;/);
  for (const args of [["setup", "--dry-run"], ["setup"], ["serve"]]) {
    const { status, stderr } = await personService(args, settings);
    assertEquals([args, status], [args, 78]);
    assertStringIncludes(stderr, "run person-service restore");
  }
  assertEquals(await streamsAt(system.client.nc), left);

  assertEquals((await personService(["setup", "--new"], settings)).status, 0);
  assertEquals((await personService(["setup", "--dry-run"], settings)).status, 0);
});

Deno.test("the events lost beside snapshots: setup makes no empty stream; beside an empty bucket it does", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const settings = { NATS_URL: system.nats.url };
  const jsm = await jetstreamManager(client.nc);
  const run = async (snapshotFrequency: string) => {
    await using service = await TestService.start({
      ...settings,
      SNAPSHOT_FREQ: snapshotFrequency,
    });
    const personId = crypto.randomUUID();
    await client.send(createPerson(personId));
    await client.send(updateName(personId, "Grace"));
    await service.stop();
    await jsm.streams.delete(STREAM);
  };
  await run("1000");
  assertEquals((await personService(["setup"], settings)).status, 0);
  await run("1");
  await until(
    "there is a snapshot",
    async () => (await jsm.streams.info(BUCKET)).state.messages > 0,
  );
  const { status, stderr } = await personService(["setup"], settings);
  assertEquals(status, 78);
  assertStringIncludes(stderr, `bucket "${STREAM}_SNAPSHOTS" with 1 snapshots is left`);
});

Deno.test("no stream, and nothing left of one: doctor asks whether there was one before it names setup", async () => {
  await using system = await TestSystem.start();
  const { findings } = await diagnose({ NATS_URL: system.nats.url }, ["--quick"]);
  const finding = findings.find(({ check }) => check === "event stream");
  assertMatch(finding?.todo ?? "", /^was there one\? .* restore\. For a new system: .* setup/);
});
