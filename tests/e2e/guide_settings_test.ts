/** What to do about an unsafe stream's settings that can't be edited: by the guide's runbook, and by what is told. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { BackupPlace } from "../support/backup_place.ts";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { GuideHost } from "../support/guide_host.ts";
import { makeStream } from "../support/made_stream.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { NatsWithLogins } from "../support/nats_with_logins.ts";
import { TestService } from "../support/service_process.ts";
import { readMessages } from "../support/stream_messages.ts";

const STREAM = "PERSON_EVENTS";
const EVENTS = { subjects: ["person.events.>"], discard: "new", allow_direct: true };

const NOT_ROLLED_UP = [
  "  allow_rollup_hdrs = true: lets one message delete all events of a person",
  "    mend it: nats stream edit PERSON_EVENTS --no-allow-rollup",
  "  or accept the loss of events: ALLOW_UNSAFE_STREAM=true",
];
const NO_BUCKET = 'bucket "PERSON_EVENTS_SNAPSHOTS": would be made';

type UnsafeCase = {
  settings: Record<string, unknown>;
  /** What is told to be written into `backup.json`. */
  told: string[];
  /** What `setup --dry-run` comes to after the restore: what can be edited is left as it was. */
  after: { status: number; printed: string[] };
};

/** Together all settings that go by way of a backup, but for counters: such a stream takes no event. */
const UNSAFE: UnsafeCase[] = [
  {
    settings: {
      retention: RetentionPolicy.Workqueue,
      allow_msg_ttl: true,
      sources: [{ name: "SOURCE" }],
      sealed: true,
    },
    told: ['"retention": "limits"', '"allow_msg_ttl": false', '"sources": []', '"sealed": false'],
    after: wouldUpdate("allow_atomic=true"),
  },
  {
    settings: {
      storage: StorageType.Memory,
      subject_transform: { src: "person.events.>", dest: "elsewhere.>" },
    },
    told: ['"storage": "file"', '"subject_transform": null'],
    after: wouldUpdate("allow_atomic=true deny_delete=true deny_purge=true"),
  },
  {
    settings: { persist_mode: "async" },
    told: ['"persist_mode": "default"'],
    after: wouldUpdate("allow_atomic=true deny_delete=true deny_purge=true"),
  },
  {
    settings: { subject_delete_marker_ttl: 6e10, allow_msg_ttl: true, allow_rollup_hdrs: true },
    told: ['"allow_msg_ttl": false', '"subject_delete_marker_ttl": 0'],
    after: refusedFor(NOT_ROLLED_UP),
  },
  {
    settings: { allow_msg_schedules: true, discard: "old" },
    told: ['"allow_msg_schedules": false'],
    after: refusedFor([
      '  discard = "old": drops the oldest events when the stream is full, in place of refusing new ones',
      "    mend it: nats stream edit PERSON_EVENTS --discard=new",
      ...NOT_ROLLED_UP,
    ]),
  },
];

for (const { settings, told, after } of UNSAFE) {
  Deno.test(`an unsafe stream: given ${JSON.stringify(settings)}, when the operator does what the refusal says, then it is restored without them, and with its events`, async () => {
    await using nats = await NatsWithLogins.start();
    await using place = await BackupPlace.create();
    const operator = nats.settingsOf("operator");
    const nc = await nats.connect("operator");
    await makeStream(nc, "SOURCE", { subjects: ["source"] });
    await makeStream(nc, STREAM, { ...EVENTS, ...settings, sealed: false });
    const service = await nats.connect("service");
    await service.request(`person.events.${crypto.randomUUID()}.created`, "{}");
    await makeStream(nc, STREAM, { ...EVENTS, ...settings });
    const before = await readMessages(nc);
    assertEquals(before.length, 1);

    const { status, stderr } = await personService(["setup", "--dry-run"], operator);
    const advice = [
      ...stderr.matchAll(/can't be edited: .*, write (".+?) into FOLDER\/(.+), nats /g),
    ];
    assertEquals([status, advice.map(([, written]) => written)], [78, told], stderr);
    await place.backUp(operator);
    for (const [, written, file] of advice) {
      await place.change(`${file}`, (text) => {
        const { config, ...rest } = JSON.parse(text);
        return JSON.stringify({ config: { ...config, ...JSON.parse(`{${written}}`) }, ...rest });
      });
    }
    await (await jetstreamManager(nc)).streams.delete(STREAM);
    await place.restore(operator);

    assertEquals(await readMessages(nc), before);
    const last = await personService(["setup", "--dry-run"], operator);
    const printed = [last.stdout, last.stderr].join("").split("\n");
    assertEquals({ status: last.status, printed }, after);
  });
}

Deno.test("the guide's runbook for settings that can't be edited: by way of a backup the stream lets no event expire, and persons go on", async () => {
  await using host = await GuideHost.start();
  await host.startNats(1, ["--jetstream", "--store_dir", "nats"]);
  const settings = { NATS_URL: `nats://${host.address(1)}:4222` };
  await host.run(`echo NATS_URL=${settings.NATS_URL} >operator.env`);
  await using client = await CommandClient.connect(settings.NATS_URL);
  const jsm = await jetstreamManager(client.nc);
  const person = crypto.randomUUID();
  {
    await using service = await TestService.start(settings);
    await client.send(createPerson(person));
    await service.stop();
  }
  await jsm.streams.update(STREAM, { allow_msg_ttl: true });
  const { status, stderr } = await personService(["serve"], settings);
  assertEquals(status, 78);
  assertStringIncludes(stderr, "allow_msg_ttl = true: lets single events expire");

  await host.runBlocks("settings-backup");
  await jsm.streams.delete(STREAM);
  assertMatch(await host.runBlocks("settings-restore"), /"PERSON_EVENTS": is there, and safe/);
  await using _service = await TestService.start(settings);
  assertEquals((await client.send(updateName(person, "Grace"))).version, 2);
});

Deno.test("backup: given a stream whose events can't be read for the checksum, then it says at once how they can", async () => {
  await using server = await TestNatsServer.start();
  await using nc = await connect({ servers: server.url.replace("nats://", "") });
  await using place = await BackupPlace.create();
  await makeStream(nc, STREAM, { ...EVENTS, allow_direct: false });
  const { status, stderr } = await personService(["backup", place.folder], {
    NATS_URL: server.url,
  });
  assertEquals(status, 1);
  assertMatch(stderr, /^No backup was made: .* nats stream edit PERSON_EVENTS --allow-direct$/);
  assertEquals(place.found, []);
});

function wouldUpdate(settings: string): UnsafeCase["after"] {
  const updated = `stream "PERSON_EVENTS": would be updated: ${settings}`;
  return { status: 0, printed: [updated, NO_BUCKET] };
}

function refusedFor(lines: string[]): UnsafeCase["after"] {
  return { status: 78, printed: ['Stream "PERSON_EVENTS" is not safe for events:', ...lines] };
}
