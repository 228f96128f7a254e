/** Many commands to one person at once: decided one after the other, stored together. */
import { assertEquals } from "@std/assert";
import { assertThat } from "../support/assert_that.ts";
import { eachOf, sendUntilAnswered } from "../support/callers.ts";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { openEventStore } from "../support/event_store_fixture.ts";
import { assertTrue, assertWhole, type Sent } from "../support/histories.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { RenamingLoad } from "../support/renaming_load.ts";
import { TestService } from "../support/service_process.ts";
import { type EventMessage, readEvents } from "../support/stream_messages.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const IN_FLIGHT = 100;
/** Accepted commands before and after each fault. */
const ENOUGH = 500;

for (const instances of [1, 2]) {
  Deno.test(`a hot person, ${instances} instances: changes, refusals and repeated ids are answered truly, and the history is whole`, async () => {
    await using system = await TestSystem.start();
    for (let n = 0; n < instances; n++) await system.startService();
    await system.client.send(createPerson(ID));
    const sent: Sent[] = [];
    await eachOf(Array.from({ length: 1_000 }, (_, n) => n), IN_FLIGHT / 2, async (n) => {
      const born = { SetBirthDate: { person_id: ID, birth_date: "1990-01-02" } };
      const command = n % 10 === 0 ? born : updateName(ID, `Ada ${n}`);
      const commandId = `c-${n}`;
      const send = () => system.client.send(command, { "Nats-Msg-Id": commandId });
      const [reply, again] = await Promise.all([send(), send()]);
      // A refused one is decided afresh.
      if (reply.error === undefined && again.error === undefined) assertEquals(again, reply);
      sent.push({ commandId, reply: reply.error === undefined ? reply : again });
    });
    const events = await system.events();
    assertWhole(events);
    assertTrue(sent, events);
    await assertReadable(system.nats.url, events);
    // Two instances are in each other's way: one after the other, then.
    if (instances > 1) return;
    assertStoredTogether(events);
    const codes = sent.map(({ reply }) => reply?.error?.code ?? "accepted");
    assertEquals(
      codes.filter((code) => code !== "accepted"),
      Array(99).fill("InvariantViolation"),
    );
  });
}

Deno.test("a hot person: the server crashes amid batches, and every reply is true", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  await system.client.send(createPerson(ID));
  const load = new RenamingLoad([system.client], [ID], IN_FLIGHT);
  await enough(load);
  assertStoredTogether(await system.events());
  await system.nats.kill();
  await system.nats.restart();
  await enough(load);
  await assertSettled(load, system.client);
});

Deno.test("a hot person on three replicas, two instances: the leader crashes amid batches, and every reply is true", async () => {
  await using cluster = await TestNatsCluster.start();
  const settings = { NATS_URL: cluster.urls, STREAM_REPLICAS: "3" };
  await using _one = await TestService.start(settings);
  await using _other = await TestService.start(settings);
  await using client = await CommandClient.connect(cluster.urls);
  await sendUntilAnswered(client, createPerson(ID));
  const load = new RenamingLoad([client], [ID], IN_FLIGHT);
  await enough(load);
  const { server } = await cluster.leaderOf("PERSON_EVENTS");
  await server.kill();
  await until(
    "another node leads",
    async () => (await cluster.leaderOf("PERSON_EVENTS")).server !== server,
  );
  await server.restart();
  await enough(load);
  await assertSettled(load, client);
});

/** Waits until many more commands are accepted. */
async function enough(load: RenamingLoad): Promise<void> {
  const before = load.accepted;
  await until("commands are accepted", () => load.accepted > before + ENOUGH, 120_000);
}

async function assertSettled(load: RenamingLoad, client: CommandClient): Promise<void> {
  await load.stop();
  const settled = await load.settle(client);
  const events = await readEvents(client.nc);
  assertWhole(events);
  assertTrue([...load.sent, ...settled], events);
}

/** Fails unless the store reads this history, in one piece and step by step. */
async function assertReadable(url: string, events: EventMessage[]): Promise<void> {
  await using opened = await openEventStore(url);
  const soon = () => performance.now() + 30_000;
  const last = await opened.store.readLast(ID, soon());
  assertThat(last !== null);
  const all = await opened.store.readTail(last, null, soon());
  assertThat(all !== null);
  assertEquals(all.map(({ streamSequence }) => streamSequence), events.map(({ seq }) => seq));
  for (let to = all.length - 1; to > 20; to -= 20) {
    const [end, start] = [all[to], all[to - 20]];
    assertThat(end !== undefined && start !== undefined);
    const { envelope, streamSequence: head, eventHash } = start;
    const position = { version: envelope.sequence, head, eventHash };
    assertEquals(await opened.store.readTail(end, position, soon()), all.slice(to - 19, to + 1));
  }
}

/** Else nothing of this was tested. */
function assertStoredTogether(events: EventMessage[]): void {
  const together = events.filter(({ headers }) => headers["Previous-Sequence"] === "-1");
  assertThat(
    together.length > events.length / 20,
    `${together.length} of ${events.length} together`,
  );
}
