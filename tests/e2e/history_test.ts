import { assertEquals } from "@std/assert";
import { eachOf } from "../support/callers.ts";
import { type CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { TestSystem } from "../support/test_system.ts";

const BUCKET = "PERSON_EVENTS_SNAPSHOTS";

Deno.test("a person of 10,000 events is loaded with one snapshot and the events after it", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const first = await system.startService({ SNAPSHOT_FREQ: "100" });
  const personId = crypto.randomUUID();
  await rename(client, personId, 10_050, 100);
  assertEquals((await first.stop()).code, 0);
  await system.startService();

  const reads = countReads(client);
  assertEquals((await client.send(updateName(personId, "Grace"))).version, 10_051);
  // Once or twice: a load of so many events leaves a snapshot, which is compared with what is there.
  assertEquals([...new Set(reads)].toSorted(), [
    `DIRECT.GET.KV_${BUCKET}.$KV.${BUCKET}.${personId} `,
    `DIRECT.GET.PERSON_EVENTS {"seq":10000,"next_by_subj":"person.events.${personId}.>","batch":1000}`,
    `STREAM.MSG.GET.PERSON_EVENTS {"last_by_subj":"person.events.${personId}.>"}`,
  ]);
});

Deno.test("the few events after a snapshot are read one by one, whatever else is in the stream", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const first = await system.startService({ SNAPSHOT_FREQ: "10" });
  const [personId, otherId] = [crypto.randomUUID(), crypto.randomUUID()];
  await rename(client, personId, 11, 1);
  await rename(client, otherId, 500, 100);
  assertEquals((await client.send(updateName(personId, "Grace"))).version, 12);
  assertEquals((await first.stop()).code, 0);
  await system.startService();

  const reads = countReads(client);
  assertEquals((await client.send(updateName(personId, "Jean"))).version, 13);
  assertEquals(reads.toSorted(), [
    `DIRECT.GET.KV_${BUCKET}.$KV.${BUCKET}.${personId} `,
    'DIRECT.GET.PERSON_EVENTS {"seq":10}',
    'DIRECT.GET.PERSON_EVENTS {"seq":11}',
    `STREAM.MSG.GET.PERSON_EVENTS {"last_by_subj":"person.events.${personId}.>"}`,
  ]);
});

Deno.test("a person known to the service is changed without a read", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  await system.startService();
  const personId = crypto.randomUUID();
  const reads = countReads(client);
  await rename(client, personId, 10, 1);
  assertEquals(reads, []);
  // A refusal needs the leader's word.
  assertEquals((await client.send(createPerson(personId))).error?.code, "AlreadyExists");
  assertEquals(reads, [
    `STREAM.MSG.GET.PERSON_EVENTS {"last_by_subj":"person.events.${personId}.>"}`,
  ]);
});

/** Makes the person and brings it to a version. */
async function rename(
  client: CommandClient,
  personId: string,
  lastVersion: number,
  inFlight: number,
): Promise<void> {
  assertEquals((await client.send(createPerson(personId))).version, 1);
  const versions = Array.from({ length: lastVersion - 1 }, (_, n) => n + 2);
  await eachOf(versions, inFlight, async (version) => {
    assertEquals((await client.send(updateName(personId, `${version}`))).version, version);
  });
}

/** Every read that anyone asks JetStream for from now on, with its query. */
function countReads({ nc }: CommandClient): string[] {
  const reads: string[] = [];
  for (const subject of ["$JS.API.DIRECT.GET.>", "$JS.API.STREAM.MSG.GET.>"]) {
    nc.subscribe(subject, {
      callback: (_error, message) => {
        reads.push(`${message.subject.slice("$JS.API.".length)} ${message.string()}`);
      },
    });
  }
  return reads;
}
