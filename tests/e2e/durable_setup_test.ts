/** What is made for durable commands, and by whom. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { createPerson } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { diagnose, found } from "../support/doctor.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

const DURABLE = { DURABLE_COMMANDS: "true" };

Deno.test("setup: makes what durable commands need only where they are on, and says so first with --dry-run", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url };
  const setup = async (args: string[], more: Record<string, string>) => {
    const { status, stdout } = await personService(["setup", ...args], { ...settings, ...more });
    assertEquals(status, 0);
    return stdout.split("\n").slice(2);
  };
  assertEquals(await setup([], {}), []);
  const linesWith = (made: string, isThere = made) => [
    ...["INBOX", "OUTCOMES", "DLQ"].map((name) => `stream "PERSON_EVENTS_${name}": ${made}`),
    `consumer "person-service" of "PERSON_EVENTS_INBOX": ${isThere}`,
  ];
  assertEquals(await setup(["--dry-run"], DURABLE), linesWith("would be made"));
  assertEquals(await setup([], DURABLE), linesWith("was made"));
  assertEquals(await setup(["--dry-run"], DURABLE), linesWith("is there, and fit", "is there"));
  const { consumers } = await jetstreamManager(system.client.nc);
  await consumers.update("PERSON_EVENTS_INBOX", "person-service", {
    ack_wait: 1e9,
    max_deliver: 3,
  });
  assertEquals(
    await setup([], DURABLE),
    linesWith(
      "is there, and fit",
      "was set right: it had ack_wait = 1000000000, max_deliver = 3; " +
        "it does not deliver commands that it passed over meanwhile, one made anew does: " +
        "nats consumer rm PERSON_EVENTS_INBOX person-service, then DURABLE_COMMANDS=true person-service setup",
    ),
  );
  assertEquals(await setup([], DURABLE), linesWith("is there, and fit", "is there"));
});

Deno.test("the streams for durable commands are named after an adopted stream, and dlq finds them", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.add({ name: "LEGACY", subjects: ["person.events.>"], discard: "new" });
  await system.startService(DURABLE);
  const settings = { NATS_URL: system.nats.url };
  const command = JSON.stringify(createPerson(crypto.randomUUID()));
  const sent = await personService(["send", command, "--durable", "--wait"], settings);
  assertEquals([sent.status, sent.stdout.includes("as 1 in LEGACY_INBOX")], [0, true]);
  await personService(["send", "no command", "--durable", "--wait"], settings);
  const { stdout } = await personService(["dlq", "list", "--json"], settings);
  assertEquals(JSON.parse(stdout).map(({ stream }: { stream: string }) => stream), [
    "LEGACY_INBOX",
  ]);
});

Deno.test("without DURABLE_COMMANDS there is no inbox: what is published to it is not acknowledged", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const jsm = await jetstreamManager(system.client.nc);
  const names = await until("there are streams", () => jsm.streams.names().next());
  assertEquals(names.toSorted(), ["KV_PERSON_EVENTS_SNAPSHOTS", "PERSON_EVENTS"]);
});

Deno.test("durable commands that wait while DURABLE_COMMANDS is off: doctor says that nobody takes them", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url };
  await personService(["setup"], { ...settings, ...DURABLE });
  assertEquals(
    found(await diagnose(settings, ["--quick"]), "durable commands")[0],
    "ok: off by DURABLE_COMMANDS, and none wait",
  );
  await new InboxClient(system.client.nc).publish(createPerson(crypto.randomUUID()));
  assertEquals(
    found(await diagnose(settings, ["--quick"]), "durable commands")[0],
    "warning: 1 wait in the inbox, and DURABLE_COMMANDS is off",
  );
});

Deno.test("doctor: streams of durable commands with settings that lose messages are told, each with what mends it", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url, ...DURABLE };
  await personService(["setup"], settings);
  const jsm = await jetstreamManager(system.client.nc);
  const inboxSettings = { max_msgs_per_subject: 1, duplicate_window: 86_400e9 };
  await jsm.streams.update("PERSON_EVENTS_INBOX", inboxSettings);
  await jsm.streams.update("PERSON_EVENTS_OUTCOMES", { max_age: 3.6e12, max_bytes: 1e6 });
  await jsm.streams.update("PERSON_EVENTS_DLQ", { max_age: 3.6e12, duplicate_window: 1e9 });
  const told = async (more: Record<string, string>) => {
    const { findings } = await diagnose({ ...settings, ...more }, ["--quick"]);
    return findings.filter(({ check }) => check === "durable commands")
      .map(({ status, found, todo }) => `${status}: ${found.replace(/:.*/, "")} -> ${todo}`);
  };
  const tolerated = [
    'warning: stream "PERSON_EVENTS_OUTCOMES" -> nats stream edit PERSON_EVENTS_OUTCOMES --max-age=7d',
    'warning: stream "PERSON_EVENTS_OUTCOMES" -> nats stream edit PERSON_EVENTS_OUTCOMES --max-msgs=-1 --max-bytes=-1',
    'warning: stream "PERSON_EVENTS_DLQ" -> nats stream edit PERSON_EVENTS_DLQ --max-age=-1',
  ];
  const lossy = (status: string) =>
    ["--max-msgs-per-subject=-1", "--dupe-window=100ms"].map((flag) =>
      `${status}: stream "PERSON_EVENTS_INBOX" -> nats stream edit PERSON_EVENTS_INBOX ${flag}`
    );
  assertEquals(await told({}), [...lossy("failed"), ...tolerated]);
  assertEquals(await told({ ALLOW_UNSAFE_STREAM: "true" }), [...lossy("warning"), ...tolerated]);
  const refused = await personService(["setup"], settings);
  assertEquals(refused.status, 78);
  assertStringIncludes(
    refused.stderr,
    "Mend it: nats stream edit PERSON_EVENTS_INBOX --max-msgs-per-subject=-1; " +
      "nats stream edit PERSON_EVENTS_INBOX --dupe-window=100ms",
  );
  await jsm.streams.update("PERSON_EVENTS_INBOX", {
    max_msgs_per_subject: -1,
    duplicate_window: 1e8,
  });
  const { stdout } = await personService(["setup"], settings);
  assertEquals(stdout.match(/(?<=^stream "PERSON_EVENTS_\w+": ).*/gm), [
    "is there, and fit",
    "is there, with flaws that a warning names",
    "is there, with flaws that a warning names",
  ]);
});
