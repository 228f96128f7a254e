/** A stream that is replaced while the service serves. */
import { assertEquals } from "@std/assert";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { gunzipSync } from "node:zlib";
import { sendUntilAnswered } from "../support/callers.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { EVERY_COMMAND } from "../support/every_command.ts";
import { personDeactivated, publishEvent } from "../support/foreign_events.ts";
import { assertWhole } from "../support/histories.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";
import { remakeStream } from "../support/remake_stream.ts";

const STREAM = "PERSON_EVENTS";

Deno.test("the stream deleted and made anew while serving: it is noticed, nobody is known any more, and new persons begin at version 1", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const service = await system.startService({ SNAPSHOT_FREQ: "2" });
  const personIds = Array.from({ length: 10 }, () => crypto.randomUUID());
  for (const personId of personIds) {
    await client.send(createPerson(personId));
    assertEquals((await client.send(updateName(personId, "Grace"))).version, 2);
  }
  const jsm = await jetstreamManager(client.nc);
  const { config } = await jsm.streams.info(STREAM);
  await remakeStream(jsm, config);

  const [first = "", ...others] = personIds;
  assertEquals((await client.send(updateName(first, "Jean"))).error?.code, "NotFound");
  await service.logged(/ERROR .*The stream was remade or restored/);
  for (const personId of others) {
    assertEquals((await client.send(createPerson(personId))).version, 1);
    assertEquals((await client.send(updateName(personId, "Jean"))).version, 2);
  }
  const events = await system.events();
  assertWhole(events);
  assertEquals(events.length, 2 * others.length);

  // Snapshots are of the new stream: else each would be ignored after the next start.
  const { created } = await jsm.streams.info(STREAM);
  const bucket = await new Kvm(jetstream(client.nc)).open(`${STREAM}_SNAPSHOTS`);
  const last = others.at(-1) ?? "";
  await until("a snapshot is of the new stream", async () => {
    const entry = await bucket.get(last);
    const snapshot = JSON.parse(gunzipSync(entry?.value ?? new Uint8Array()).toString());
    return snapshot.stream_created === created;
  }, 5_000);
});

Deno.test("the stream restored from an older backup: it is noticed, and each person goes on from where the backup ends", async () => {
  await using system = await TestSystem.start();
  const { client, nats } = system;
  const service = await system.startService();
  const [older, newer] = [crypto.randomUUID(), crypto.randomUUID()];
  await client.send(createPerson(older));
  await nats.stop();
  const backup = await Deno.makeTempDir();
  await copy(`${nats.storeDir}/jetstream`, backup);
  await nats.restart();
  assertEquals((await sendUntilAnswered(client, updateName(older, "Grace"))).version, 2);
  assertEquals((await client.send(createPerson(newer))).version, 1);
  await nats.stop();
  await Deno.remove(`${nats.storeDir}/jetstream`, { recursive: true });
  await copy(`${backup}/jetstream`, nats.storeDir);
  await nats.restart();

  await service.logged(/ERROR .*The stream was remade or restored/);
  // Another writer stores an event where the service remembers one of its own.
  const sequence = await publishEvent(client.nc, older, "deactivated", personDeactivated(older, 2));
  assertEquals(sequence, 2);
  const refused = await sendUntilAnswered(client, updateName(older, "Jean"));
  assertEquals([refused.error?.code, refused.version], ["InvalidStateTransition", 2]);
  assertEquals((await client.send(EVERY_COMMAND.ReactivatePerson(older))).version, 3);
  assertEquals((await client.send(updateName(newer, "Jean"))).error?.code, "NotFound");
  assertEquals((await client.send(createPerson(newer))).version, 1);
  const versions = (await system.events()).map(({ envelope }) => envelope.sequence);
  assertEquals(versions, [1, 2, 3, 1]);
  await Deno.remove(backup, { recursive: true });
});

Deno.test("the stream deleted while serving: it is not made anew, not even after the server's restart, until the service is restarted", async () => {
  await using system = await TestSystem.start();
  const { client, nats } = system;
  const service = await system.startService({ COMMAND_TIMEOUT: "300ms" });
  const personId = crypto.randomUUID();
  await client.send(createPerson(personId));
  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.delete(STREAM);
  const assertUnavailable = async () => {
    const { error } = await sendUntilAnswered(client, updateName(personId, "Grace"));
    assertEquals([error?.code, error?.details], ["Unavailable", { outcome: "not stored" }]);
  };
  await assertUnavailable();
  await nats.restart();
  await service.logged(/ERROR .*Stream PERSON_EVENTS is gone/);
  await assertUnavailable();
  const names = (await jsm.streams.names().next()).filter((name) => !name.startsWith("KV_"));
  assertEquals(names, []);
  assertEquals((await service.stop()).code, 0);
  await system.startService();
  assertEquals((await client.send(createPerson(personId))).version, 1);
});

Deno.test("the stream deleted while serving and the connection stays: it is logged with what to do, once, and a stream in its place is served", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const service = await system.startService({ COMMAND_TIMEOUT: "300ms" });
  const personId = crypto.randomUUID();
  await client.send(createPerson(personId));
  const jsm = await jetstreamManager(client.nc);
  const { config } = await jsm.streams.info(STREAM);
  await jsm.streams.delete(STREAM);
  for (let tries = 0; tries < 3; tries++) {
    const { error } = await client.send(updateName(personId, "Grace"));
    assertEquals(error?.code, "Unavailable");
  }
  await service.logged(/ERROR .*Stream PERSON_EVENTS is gone: .* person-service restore/);
  await jsm.streams.add(config);
  // Nobody has to send a command for it.
  await service.logged(/Stream PERSON_EVENTS is there again/);
  await service.logged(/ERROR .*The stream was remade or restored/);
  assertEquals((await client.send(createPerson(personId))).version, 1);
  assertEquals(service.log.match(/is gone/g)?.length, 1);
});

async function copy(from: string, into: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-r", from, into] }).output();
  assertEquals(success, true);
}
