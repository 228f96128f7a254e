/** A person grown to the size limit of 512 KiB. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { type AnyReply, type CommandClient, createPerson } from "../support/command_client.ts";
import { attribute } from "../support/every_command.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

const LIMIT_BYTES = 512 * 1024;
/** Nearly as much as a command can hold. */
const LARGE = 240_000;

Deno.test("a person grown to 512 KiB: more is refused and stores nothing, all else is accepted, snapshots are written and loaded", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const service = await system.startService({ SNAPSHOT_FREQ: "2" });
  const personId = crypto.randomUUID();
  assertEquals((await client.send(createPerson(personId))).version, 1);
  assertEquals((await client.send(record(personId, "a", LARGE))).version, 2);
  assertEquals((await client.send(record(personId, "b", LARGE))).version, 3);

  const refused = await client.send(record(personId, "c", LARGE));
  assertEquals([refused.error?.code, refused.version], ["InvariantViolation", 3]);
  assertMatch(refused.error?.message ?? "", /524288|512/);
  // To the brim, byte by byte as it were.
  let room = LIMIT_BYTES - 2 * LARGE;
  let version = 3;
  for (; room > 100; room = Math.floor(room / 2)) {
    const reply: AnyReply = await client.send(record(personId, `d${room}`, room));
    if (reply.error === undefined) assertEquals(reply.version, ++version);
    else assertEquals([reply.error.code, reply.version], ["InvariantViolation", version]);
  }
  // What is there may still be replaced: that event holds the old value and the new one.
  assertEquals((await client.send(update(personId, "a", LARGE))).version, ++version);
  assertEquals((await client.send(update(personId, "b", 1_000))).version, ++version);
  assertEquals((await client.send(record(personId, "c", LARGE - 5_000))).version, ++version);
  const deactivated = { DeactivatePerson: { person_id: personId, reason: "full" } };
  assertEquals((await client.send(deactivated)).version, ++version);
  const stored = await system.events();
  assertEquals(stored.map(({ envelope }) => envelope.sequence), versionsUpTo(version));

  // It is written behind the reply.
  const last = version - version % 2;
  assert(await until("the snapshot is written", () => hasSnapshotAt(client, personId, last)));
  await service.stop();
  await system.startService({ SNAPSHOT_FREQ: "2" });
  const reactivated = { ReactivatePerson: { person_id: personId, reason: "there is room" } };
  assertEquals((await client.send(reactivated)).version, version + 1);
});

const typeOf = (name: string) => ({
  Custom: { organization: "o", attribute_name: name, category: "c" },
});

/** An attribute of so many bytes, which no compression makes smaller. */
function large(name: string, bytes: number): unknown {
  const random = Array.from(
    { length: Math.ceil(bytes / 40_000) },
    () => crypto.getRandomValues(new Uint8Array(30_000)).toBase64(),
  );
  return attribute(typeOf(name), { Json: random.join("").slice(0, bytes) });
}

function record(person_id: string, name: string, bytes: number): unknown {
  return { RecordAttribute: { person_id, attribute: large(name, bytes) } };
}

function update(person_id: string, name: string, bytes: number): unknown {
  const new_attribute = large(name, bytes);
  return { UpdateAttribute: { person_id, attribute_type: typeOf(name), new_attribute } };
}

function versionsUpTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

async function hasSnapshotAt(
  { nc }: CommandClient,
  personId: string,
  version: number,
): Promise<boolean> {
  const bucket = await new Kvm(jetstream(nc)).open("PERSON_EVENTS_SNAPSHOTS");
  const bytes = (await bucket.get(personId))?.value ?? new Uint8Array();
  const json = new Response(
    new Blob([bytes.slice()]).stream()
      .pipeThrough(new DecompressionStream("gzip")),
  );
  return (await json.json()).version === version;
}
