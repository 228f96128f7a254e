/** Backups that are not made, and folders that are not restored. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { BackupPlace } from "../support/backup_place.ts";
import { createPerson } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestSystem } from "../support/test_system.ts";

const STREAM = "PERSON_EVENTS";
const LIST = "person-service.json";

Deno.test("backup: without a stream, over a backup that is there, or while nobody answers, nothing is written", async () => {
  await using system = await TestSystem.start();
  await using place = await BackupPlace.create();
  const settings = { NATS_URL: system.nats.url };
  const backup = (natsUrl: Record<string, string>) =>
    personService(["backup", place.folder], natsUrl);
  assertEquals(await backup(settings), {
    status: 1,
    stdout: "",
    stderr: `No backup was made: There is no stream "${STREAM}" to back up`,
  });
  assertEquals((await backup({})).status, 2);
  await system.startService();
  const dryRun = await personService(["backup", place.folder, "--dry-run"], settings);
  assertStringIncludes(dryRun.stdout, `would be backed up to "${place.folder}"`);
  assertEquals(place.found, []);

  await place.backUp(settings);
  const again = await backup(settings);
  assertEquals(again.status, 1);
  assertStringIncludes(again.stderr, "is there already: a backup is never overwritten");
  assertEquals(place.found, ["person"]);
  for (const file of [LIST, `${STREAM}/backup.json`, `${STREAM}/stream.tar.s2`]) {
    const { mode } = await Deno.stat(`${place.folder}/${file}`);
    assertEquals([file, (mode ?? 0) & 0o777], [file, 0o600]);
  }
});

Deno.test("restore: over streams that are there it is refused, but for an empty one and with --replace-empty", async () => {
  await using system = await TestSystem.start();
  await using place = await BackupPlace.create();
  const settings = { NATS_URL: system.nats.url };
  const service = await system.startService();
  await system.client.send(createPerson(crypto.randomUUID()));
  await place.backUp(settings);
  const isThere = `Stream "${STREAM}" is there, with 1 messages up to sequence 1`;
  assertStringIncludes(await place.refusal(settings, "--replace-empty"), isThere);

  await service.stop();
  await (await jetstreamManager(system.client.nc)).streams.delete(STREAM);
  // As an instance does that is restarted amid the trouble.
  await (await system.startService()).stop();
  assertStringIncludes(await place.refusal(settings), "never held a message");
  await place.restore(settings, "--replace-empty", "--dry-run");
  assertEquals((await system.events()).length, 0);
  await place.restore(settings, "--replace-empty");
  assertEquals((await system.events()).length, 1);
});

Deno.test("restore: a folder that is missing, incomplete, damaged or of another environment is refused before anything is changed", async () => {
  await using system = await TestSystem.start();
  await using place = await BackupPlace.create();
  await using empty = await TestNatsServer.start();
  const there = { NATS_URL: empty.url };
  assertStringIncludes(await place.refusal(there), "There is no folder");
  await system.startService();
  await system.client.send(createPerson(crypto.randomUUID()));
  await place.backUp({ NATS_URL: system.nats.url });

  const others = { STREAM_NAME: "OTHERS", SUBJECT_PREFIX: "others" };
  assertStringIncludes(await place.refusal({ ...there, ...others }), `set STREAM_NAME=${STREAM}`);
  const { SUBJECT_PREFIX } = others;
  assertStringIncludes(
    await place.refusal({ ...there, SUBJECT_PREFIX }),
    'holds ["person.events.>"], but SUBJECT_PREFIX is "others"',
  );
  await place.change(`${STREAM}/stream.tar.s2`, (text) => `${text}x`);
  assertStringIncludes(await place.refusal(there), "is damaged: its SHA-256 is");
  await place.change(LIST, (text) => text.replace('"format": 1', '"format": 2'));
  assertStringIncludes(await place.refusal(there), "is not of this program");
  await Deno.remove(`${place.folder}/${LIST}`);
  assertStringIncludes(
    await place.refusal(there),
    `is no complete backup: it lacks "${LIST}"`,
  );
});

Deno.test("restore: what turns out not to be what was backed up, or is left behind half done, is not served on; the next restore removes it", async () => {
  await using system = await TestSystem.start();
  await using place = await BackupPlace.create();
  await using other = await TestSystem.start();
  const settings = { NATS_URL: other.nats.url };
  await system.startService();
  await system.client.send(createPerson(crypto.randomUUID()));
  await place.backUp({ NATS_URL: system.nats.url });
  const wrong = "0".repeat(64);
  let right = "";
  await place.change(LIST, (text) =>
    text.replace(/(?<="content_sha256": ")\w+/, (found) => {
      right = found;
      return wrong;
    }));
  assertStringIncludes(
    await place.refusal(settings),
    `not ${wrong}: the stream was not put into use`,
  );
  // As after a restore that was killed.
  assertEquals((await personService(["serve"], settings)).status, 78);

  await place.change(LIST, (text) => text.replace(wrong, right));
  await place.restore(settings);
  await other.startService();
  assertEquals((await other.client.send(createPerson(crypto.randomUUID()))).stream_sequence, 2);
});
