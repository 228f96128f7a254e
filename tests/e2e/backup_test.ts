/** Streams copied into a folder, lost, and made again out of it. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import { BackupPlace } from "../support/backup_place.ts";
import { sendUntilAnswered } from "../support/callers.ts";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { merge } from "../support/every_command.ts";
import { assertWhole } from "../support/histories.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { RenamingLoad } from "../support/renaming_load.ts";
import { TestService } from "../support/service_process.ts";
import { readEvents, readMessages } from "../support/stream_messages.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

const STREAM = "PERSON_EVENTS";

Deno.test("backup, loss of the stream, restore: every event is back where it was, and persons go on from there on running and on restarted instances", async () => {
  await using system = await TestSystem.start();
  await using place = await BackupPlace.create();
  const { client } = system;
  const settings = { NATS_URL: system.nats.url };
  const running = await system.startService({ SNAPSHOT_FREQ: "2" });
  const [kept, changed, lost] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  for (const personId of [kept, changed]) {
    await client.send(createPerson(personId));
    assertEquals((await client.send(updateName(personId, "Grace"))).version, 2);
  }
  const before = await readMessages(client.nc);
  await place.backUp(settings);
  // The running instance knows what the backup does not.
  await client.send(updateName(changed, "Jean"));
  await client.send(createPerson(lost));

  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.delete(STREAM);
  assertMatch(
    await place.refusal(settings),
    /^Not restored: Instances of the service answer on "person\.commands\.>" \(1\): stop all/,
  );
  await assertRejects(() => jsm.streams.info(STREAM), JetStreamApiError, "stream not found");
  const { stdout } = await place.restore(settings, "--while-serving");
  assertMatch(stdout, /4 messages up to sequence 4 restored, and as it was backed up\nNow restart/);
  assertEquals(await readMessages(client.nc), before);
  assertEquals(await snapshotsOf(client), 0);

  assertEquals((await client.send(updateName(changed, "Betty"))).version, 3);
  assertEquals((await client.send(updateName(lost, "Betty"))).error?.code, "NotFound");
  assertEquals((await running.stop()).code, 0);
  await system.startService();
  assertEquals((await client.send(updateName(kept, "Betty"))).version, 3);
  assertEquals((await client.send(updateName(changed, "Ida"))).version, 4);
  assertEquals((await client.send(createPerson(lost))).version, 1);
  assertWhole(await system.events());
});

Deno.test("backup while commands arrive: it holds what was stored up to a moment, and no half of a merge", async () => {
  await using system = await TestSystem.start();
  await using place = await BackupPlace.create();
  await using other = await TestNatsServer.start();
  await using elsewhere = await CommandClient.connect(other.url);
  await system.startService();
  const personIds = Array.from({ length: 20 }, () => crypto.randomUUID());
  for (const personId of personIds) await system.client.send(createPerson(personId));
  const load = new RenamingLoad([system.client], personIds, 8);
  const merging = keepMerging(system.client);
  await until("commands were accepted", () => load.accepted > 200);
  await place.backUp({ NATS_URL: system.nats.url });
  const acceptedAtBackup = load.accepted;
  await until("more commands were accepted", () => load.accepted > acceptedAtBackup + 50);
  await merging.stop();
  await load.stop();

  await place.restore({ NATS_URL: other.url });
  const [all, restored] = [await readMessages(system.client.nc), await readMessages(elsewhere.nc)];
  assert(restored.length > 200 && restored.length < all.length);
  assertEquals(restored, all.slice(0, restored.length));
  const events = await readEvents(elsewhere.nc);
  assertWhole(events);
  const names = events.map(({ envelope }) => Object.keys(envelope.event)[0]);
  const count = (name: string) => names.filter((each) => each === name).length;
  assertEquals(count("PersonMergedInto"), count("PersonAbsorbed"));
});

Deno.test("backup while a durable command waits: after the restore it is carried out, and earlier ones are not carried out again", async () => {
  await using system = await TestSystem.start();
  await using place = await BackupPlace.create();
  const { client } = system;
  const settings = { DURABLE_COMMANDS: "true", NATS_URL: system.nats.url };
  const inbox = new InboxClient(client.nc);
  const service = await system.startService(settings);
  const [done, waiting] = [crypto.randomUUID(), crypto.randomUUID()];
  await inbox.publish(createPerson(done), { "Nats-Msg-Id": "done" });
  assertEquals((await inbox.outcome("done")).version, 1);
  await service.stop();
  await inbox.publish(createPerson(waiting), { "Nats-Msg-Id": "waiting" });
  await place.backUp(settings);

  const jsm = await jetstreamManager(client.nc);
  for (const suffix of ["", "_INBOX", "_OUTCOMES", "_DLQ"]) {
    await jsm.streams.delete(`${STREAM}${suffix}`);
  }
  await place.restore(settings);
  await system.startService(settings);
  assertEquals((await inbox.outcome("waiting")).version, 1);
  assertEquals((await inbox.outcome("done")).version, 1);
  const persons = (await system.events()).map(({ envelope }) => envelope.aggregate_id);
  assertEquals(persons, [done, waiting]);
});

Deno.test("restore beside an inbox that is there: it is kept with its commands, which are done then, and the dry run says so", async () => {
  await using system = await TestSystem.start();
  await using place = await BackupPlace.create();
  const { client } = system;
  const settings = { DURABLE_COMMANDS: "true", NATS_URL: system.nats.url };
  const inbox = new InboxClient(client.nc);
  const service = await system.startService(settings);
  const [done, waiting] = [crypto.randomUUID(), crypto.randomUUID()];
  await inbox.publish(createPerson(done), { "Nats-Msg-Id": "done" });
  assertEquals((await inbox.outcome("done")).version, 1);
  await service.stop();
  await place.backUp(settings);
  await inbox.publish(createPerson(waiting), { "Nats-Msg-Id": "waiting" });
  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.delete(STREAM);
  await jsm.streams.delete(`${STREAM}_OUTCOMES`);

  const kept = `stream "${STREAM}_INBOX": is there with 1 messages, kept as it is`;
  const { stdout: planned } = await place.restore(settings, "--dry-run");
  assertStringIncludes(planned, kept.replace("kept", "would be kept"));
  const { stdout: plan } = await place.restore(settings, "--dry-run", "--json");
  assertEquals(JSON.parse(plan).kept, [`${STREAM}_INBOX`, `${STREAM}_DLQ`]);
  const { stdout } = await place.restore(settings);
  assertStringIncludes(stdout, kept);
  assertStringIncludes(stdout, `stream "${STREAM}_OUTCOMES": 1 messages up to sequence 1 restored`);
  await system.startService(settings);
  assertEquals((await inbox.outcome("waiting")).version, 1);
  assertEquals((await inbox.outcome("done")).version, 1);
  const persons = (await system.events()).map(({ envelope }) => envelope.aggregate_id);
  assertEquals(persons, [done, waiting]);
});

Deno.test("backup of a cluster: it can be restored there and, with --replicas 1, on a single server", async () => {
  await using cluster = await TestNatsCluster.start();
  await using single = await TestNatsServer.start();
  await using place = await BackupPlace.create();
  const settings = { NATS_URL: cluster.urls };
  await using client = await CommandClient.connect(cluster.urls);
  const service = await TestService.start({ ...settings, STREAM_REPLICAS: "3" });
  for (let n = 0; n < 20; n++) await sendUntilAnswered(client, createPerson(crypto.randomUUID()));
  await service.stop();
  const before = await readMessages(client.nc);
  await place.backUp(settings);

  assertMatch(await place.refusal({ NATS_URL: single.url }), /replicas > 1 not supported/);
  await place.restore({ NATS_URL: single.url }, "--replicas", "1");
  await using elsewhere = await CommandClient.connect(single.url);
  assertEquals(await readMessages(elsewhere.nc), before);

  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.delete(STREAM);
  await place.restore(settings);
  assertEquals(await readMessages(client.nc), before);
  assertEquals((await jsm.streams.info(STREAM)).config.num_replicas, 3);
});

async function snapshotsOf({ nc }: CommandClient): Promise<number> {
  const jsm = await jetstreamManager(nc);
  return (await jsm.streams.info(`KV_${STREAM}_SNAPSHOTS`)).state.messages;
}

/** Merges new persons, pair after pair. */
function keepMerging(client: CommandClient): { stop: () => Promise<void> } {
  let isOver = false;
  const merging = (async () => {
    while (!isOver) {
      const [source, target] = [crypto.randomUUID(), crypto.randomUUID()];
      await client.send(createPerson(source));
      await client.send(createPerson(target));
      assertEquals((await client.send(merge(source, target))).events_generated, 2);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await merging;
    },
  };
}
