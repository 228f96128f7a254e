import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { merge } from "../support/every_command.ts";
import { assertWhole } from "../support/histories.ts";
import { assertNoUpdateLost } from "../support/one_person_race.ts";
import { TestSystem } from "../support/test_system.ts";

const id = (commandId: string) => ({ "Nats-Msg-Id": commandId });

Deno.test("2,000 commands to one person, from two callers to two instances, lose no update", async () => {
  await using system = await startTwoInstances();
  await using otherClient = await CommandClient.connect(system.nats.url);
  await assertNoUpdateLost(system.client, otherClient);
  await assertBothTookPart(system);
});

Deno.test("one command id sent to two instances at once is stored once, and both replies are alike", async () => {
  await using system = await startTwoInstances();
  const { client } = system;
  const personIds = Array.from({ length: 20 }, () => crypto.randomUUID());
  for (const personId of personIds) await client.send(createPerson(personId), id("c-0"));
  for (let n = 1; n <= 20; n++) {
    await Promise.all(personIds.map(async (personId) => {
      const command = updateName(personId, `${n}`);
      const replies = await Promise.all(
        Array.from({ length: 4 }, () => client.send(command, id(`c-${n}`))),
      );
      assertEquals(replies[0]?.version, n + 1);
      assertEquals(replies.slice(1), Array(3).fill(replies[0]));
    }));
  }
  const events = await system.events();
  assertWhole(events);
  assertEquals(events.length, 20 * 21);
  await assertBothTookPart(system);
});

Deno.test("one command id sent for many persons at once to two instances is stored for each of them", async () => {
  await using system = await startTwoInstances();
  const personIds = Array.from({ length: 500 }, () => crypto.randomUUID());
  const replies = await Promise.all(
    personIds.map((personId) => system.client.send(createPerson(personId), id("c-1"))),
  );
  assertEquals(replies.map(({ version }) => version), Array(500).fill(1));
  const events = await system.events();
  const stored = events.map(({ envelope }) => envelope.aggregate_id);
  assertEquals(stored.toSorted(), personIds.toSorted());
  await assertBothTookPart(system);
});

Deno.test("A merged into B while B is merged into A: exactly one of the two is accepted, fifty times over", async () => {
  await using system = await startTwoInstances();
  const { client } = system;
  for (let times = 0; times < 50; times++) {
    const [a, b] = [crypto.randomUUID(), crypto.randomUUID()];
    await Promise.all([client.send(createPerson(a)), client.send(createPerson(b))]);
    const replies = await Promise.all([client.send(merge(a, b)), client.send(merge(b, a))]);
    assertEquals(
      replies.map(({ error, version }) => error?.code ?? version).toSorted(),
      [2, "InvalidStateTransition"],
    );
  }
  const events = await system.events();
  assertWhole(events);
  assertEquals(events.length, 50 * 4);
  await assertBothTookPart(system);
});

const Stats = z.object({ endpoints: z.array(z.object({ num_requests: z.number() })) });

async function startTwoInstances(): Promise<TestSystem> {
  const system = await TestSystem.start();
  await Promise.all([system.startService(), system.startService()]);
  return system;
}

/** Fails where the queue group gave all commands to one instance: the test would show nothing then. */
async function assertBothTookPart({ client }: TestSystem): Promise<void> {
  const options = { strategy: "count", maxMessages: 2, maxWait: 15_000 } as const;
  const requests: number[] = [];
  for await (
    const answer of await client.nc.requestMany("$SRV.STATS.person-service", "", options)
  ) {
    requests.push(...Stats.parse(answer.json()).endpoints.map((each) => each.num_requests));
  }
  assertEquals(requests.length, 2);
  assert(Math.min(...requests) > 0);
}
