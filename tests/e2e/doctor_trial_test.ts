/** The stream that the doctor makes for trial: whatever happens, it is gone in the end. */
import { assertEquals, assertMatch } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { bareEnvironment, personService } from "../support/command_line.ts";
import { checksThat, diagnose, found, streamsAt } from "../support/doctor.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { PROGRAM } from "../support/program.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

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

Deno.test("doctor: interrupted while its stream is there, it removes the stream, reports what it found till then, and ends with status 2", async () => {
  await using system = await TestSystem.start();
  const doctor = await stoppedAmidTrial(system);
  doctor.kill("SIGINT");
  doctor.kill("SIGCONT");
  const { code, stdout, stderr } = await doctor.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [2, "Ended by SIGINT\n"]);
  const { findings } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([findings.at(0).check, findings.at(0).status], ["reachability", "ok"]);
  const end = { status: "failed", check: "examination", found: "Ended by SIGINT", todo: null };
  assertEquals(findings.at(-1), end);
  assertEquals(await streamsAt(system.client.nc), {});
});

Deno.test("doctor: interrupted while it reads histories, it ends with status 2 without reading on, and leaves nothing behind", async () => {
  await using system = await TestSystem.start();
  const { nats, client: { nc } } = system;
  const jsm = await jetstreamManager(nc);
  const name = "PERSON_EVENTS";
  assertEquals((await personService(["setup"], { NATS_URL: nats.url })).status, 0);
  const messages = 50_000;
  for (let n = 0; n < messages; n++) nc.publish(`person.events.${n}.x`, "{}");
  await until(
    "there are many histories",
    async () => (await jsm.streams.info(name)).state.messages === messages,
  );
  await until("a doctor is interrupted before it has read them", async () => {
    const doctor = startDoctor(nats.url, "--all");
    let report = "";
    for await (const text of doctor.stdout.pipeThrough(new TextDecoderStream())) {
      if (/ clock: /.test(text)) doctor.kill("SIGINT");
      report += text;
    }
    const stderr = await new Response(doctor.stderr).text();
    assertEquals([(await doctor.status).code, stderr], [2, "Ended by SIGINT\n"]);
    return !report.includes("histories");
  });
  assertEquals(Object.keys(await streamsAt(nc)).sort(), [
    `KV_${name}_SNAPSHOTS`,
    name,
  ]);
});

Deno.test("doctor: when the server is lost on the way, it ends with status 2 and names what it may have left behind", async () => {
  await using system = await TestSystem.start();
  const doctor = await stoppedAmidTrial(system);
  await system.nats.kill();
  doctor.kill("SIGCONT");
  const { code, stdout, stderr } = await doctor.output();
  assertEquals(code, 2);
  const { findings } = JSON.parse(new TextDecoder().decode(stdout));
  assertMatch(findings.at(-1).found, /^The connection to .* was lost$/);
  assertMatch(
    new TextDecoder().decode(stderr),
    /There may be a stream left .*PERSON_SERVICE_DOCTOR_[^]*The connection to .* was lost/,
  );
});

Deno.test("doctor: a stream that a killed doctor left behind is told, with the command that removes it", async () => {
  await using system = await TestSystem.start();
  const jsm = await jetstreamManager(system.client.nc);
  const name = "PERSON_SERVICE_DOCTOR_1";
  await jsm.streams.add({ name, subjects: ["person-service-doctor-stream.1.>"] });
  const diagnosis = await diagnose({ NATS_URL: system.nats.url }, ["--quick"]);
  const remnants = diagnosis.findings.filter(({ check }) => check === "remnants");
  assertEquals(remnants.map(({ status, todo }) => [status, todo]), [
    ["warning", `if none runs: nats stream rm --force ${name}`],
  ]);
  assertEquals(Object.keys(await streamsAt(system.client.nc)), [name]);
});

/** A doctor that was stopped (SIGSTOP) while its stream is there. */
async function stoppedAmidTrial({ nats, client }: TestSystem): Promise<Deno.ChildProcess> {
  const hasStream = async () => Object.keys(await streamsAt(client.nc)).length > 0;
  return await until("a doctor is stopped amid its trial", async () => {
    const process = startDoctor(nats.url, "--json");
    await until("its stream is there", hasStream);
    process.kill("SIGSTOP");
    if (await hasStream()) return process;
    // It was too quick: the next one may not be.
    process.kill("SIGKILL");
    await process.output();
  });
}

function startDoctor(natsUrl: string, option: string): Deno.ChildProcess {
  return new Deno.Command(PROGRAM.path, {
    args: [...PROGRAM.args, "doctor", option],
    clearEnv: true,
    env: { ...bareEnvironment(), NATS_URL: natsUrl },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}
