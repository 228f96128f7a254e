import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { connect } from "@nats-io/transport-node";
import { fetchNatsServer } from "../../deployment/dev/fetch_nats_server.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { checksThat, diagnose, found, streamsAt } from "../support/doctor.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { NatsWithLogins } from "../support/nats_with_logins.ts";
import { TestSystem } from "../support/test_system.ts";

const isDebian = await Deno.stat("/usr/share/keyrings/debian-archive-keyring.gpg")
  .then(() => true, () => false);

Deno.test("doctor: under the operator's login all is well, and nothing is left behind", async () => {
  await using nats = await NatsWithLogins.start();
  const operator = await nats.connect("operator");
  const client = await nats.connect("client");
  const durable = { DURABLE_COMMANDS: "true" };
  const login = { ...nats.settingsOf("operator"), ...durable };
  await personService(["setup"], login);
  await nats.startService(durable);
  const personId = crypto.randomUUID();
  for (const command of [createPerson(personId), updateName(personId, "Grace")]) {
    await client.request("person.commands.x", JSON.stringify(command), { timeout: 15_000 });
  }
  const before = await streamsAt(operator);
  const diagnosis = await diagnose(login, ["--monitor", nats.monitorUrl]);
  assertEquals(await streamsAt(operator), before);

  assertEquals(diagnosis.exitStatus, 0);
  assertEquals(diagnosis.findings.filter(({ status }) => status !== "ok"), []);
  assertEquals(found(diagnosis, "permissions"), [
    "ok: this login may delete or change the stream (STREAM.DELETE, STREAM.UPDATE, STREAM.PURGE, STREAM.MSG.DELETE), but not write events: as an operator's may",
  ]);
  assertEquals(found(diagnosis, "sync_interval"), ["ok: always: what is acknowledged is on disk"]);
  assertEquals(found(diagnosis, "instances"), ['ok: 1 on "person.commands.>", version 0.1.0']);
  assertEquals(found(diagnosis, "event stream"), [
    'ok: "PERSON_EVENTS", 2 events, the last at 2',
  ]);
  assertEquals(found(diagnosis, "inbox lag"), [
    'ok: "person-service" of "PERSON_EVENTS_INBOX": 0 to be read, 0 delivered again, 0 unacknowledged',
  ]);
  assertEquals(found(diagnosis, "histories"), ["ok: 2 events of 1 persons, all whole"]);
  assertEquals((await nats.violations("operator")).length, 0);

  const strict = await diagnose(login, ["--strict", "--quick", "--monitor", nats.monitorUrl]);
  assertEquals(strict.exitStatus, 1);
  assertEquals(checksThat(strict, "warning"), ["stream replicas", "inbox replicas"]);
  assertEquals(found(strict, "stream replicas"), [
    "warning: 1: this server's disk is the only copy",
  ]);
});

Deno.test("doctor --strict: warnings end it with status 1, and under the service's own login there is none but of the single copy", async () => {
  await using nats = await NatsWithLogins.start();
  const operator = await nats.connect("operator");
  await personService(["setup"], nats.settingsOf("operator"));
  const before = await streamsAt(operator);

  const diagnosis = await diagnose(nats.settingsOf("service"), ["--strict"]);
  assertEquals(diagnosis.exitStatus, 1);
  assertEquals(checksThat(diagnosis, "failed").concat(checksThat(diagnosis, "warning")), [
    "stream replicas",
  ]);
  assertEquals(checksThat(diagnosis, "skipped"), [
    "request/reply",
    "publish/subscribe",
    "order of messages",
    "account storage",
    "instances",
    "sync_interval",
    "stream creation",
    "consumers",
    "durable commands",
  ]);
  assertEquals(found(diagnosis, "permissions"), [
    "ok: this login can't delete or change the stream",
  ]);
  assertMatch(found(diagnosis, "sync_interval").join(), /cannot be seen/);
  assertEquals(await streamsAt(operator), before);

  const withWarning = await diagnose(nats.settingsOf("operator"), ["--strict"]);
  assertEquals(
    [withWarning.exitStatus, checksThat(withWarning, "warning")],
    [1, ["instances", "stream replicas"]],
  );
  assertEquals((await diagnose(nats.settingsOf("operator"))).exitStatus, 0);
});

Deno.test("doctor: a login that gets no answers fails at that, and nothing else is tried", async () => {
  await using nats = await NatsWithLogins.start();
  const diagnosis = await diagnose(nats.settingsOf("client"));
  assertEquals(diagnosis.exitStatus, 1);
  assertEquals(checksThat(diagnosis, "failed"), ["answers"]);
  assertEquals(checksThat(diagnosis, "skipped"), ["all else"]);
});

Deno.test("doctor: without JetStream that fails, and streams are skipped", async () => {
  await using server = await TestNatsServer.start({ config: "jetstream: false" });
  const diagnosis = await diagnose({ NATS_URL: server.url });
  assertEquals(diagnosis.exitStatus, 1);
  assertEquals(checksThat(diagnosis, "failed"), ["JetStream"]);
  assertEquals(checksThat(diagnosis, "skipped"), ["streams"]);
});

Deno.test({
  name: "doctor: on Debian 12's nats-server its version fails, and nothing is left behind",
  ignore: !isDebian,
  async fn() {
    await using server = await TestNatsServer.start({ binary: await fetchNatsServer("bookworm") });
    const diagnosis = await diagnose({ NATS_URL: server.url });
    assertEquals(diagnosis.exitStatus, 1);
    assertEquals(checksThat(diagnosis, "failed"), [
      "server version",
      "expected head",
      "event stream",
    ]);
    await using nc = await connect({ servers: server.url.replace("nats://", "") });
    assertEquals(await streamsAt(nc), {});
  },
});

Deno.test("doctor: where nobody listens, it says so on stderr and in reports, and ends with status 2", async () => {
  const { status, stdout, stderr } = await personService(["doctor"]);
  assertEquals([status, stdout], [2, ""]);
  assertStringIncludes(stderr, "Cannot connect to NATS at 127.0.0.1:1");
  const { exitStatus, summary, findings } = await diagnose({});
  assertEquals([exitStatus, summary.failed], [2, 1]);
  assertEquals(findings, [
    { status: "failed", check: "reachability", found: stderr, todo: null },
  ]);
  const markdown = await personService(["doctor", "--markdown"]);
  assertEquals([markdown.status, markdown.stderr], [2, stderr]);
  assertStringIncludes(markdown.stdout, "\n| failed | reachability | Cannot connect to NATS at ");
});

Deno.test("doctor: prints a line a check and a summary, or with --markdown a report", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const settings = { NATS_URL: system.nats.url };
  const text = (await personService(["doctor", "--quick"], settings)).stdout.split("\n");
  assertEquals(text.at(-2), "");
  assertMatch(text.at(-1) ?? "", /^\d+ ok, \d+ warning, 0 failed, 3 skipped$/);
  for (const line of text.slice(0, -2)) assertMatch(line, /^(ok|warning|skipped) +[\w /]+: ./);
  assertEquals(text.filter((line) => line.includes("histories")), [
    "skipped  histories: left out by --quick",
  ]);
  const markdown = (await personService(["doctor", "--markdown"], settings)).stdout;
  assertStringIncludes(markdown, "# person-service doctor\n");
  assertStringIncludes(markdown, "\n| ok | histories | 0 events of 0 persons, all whole |  |");
});

Deno.test("doctor: formats that exclude each other, or a monitor that is no URL, are bad usage", async () => {
  for (const args of [["--json", "--markdown"], ["--quick", "--all"], ["--monitor", "there"]]) {
    assertEquals((await personService(["doctor", ...args])).status, 2);
  }
});
