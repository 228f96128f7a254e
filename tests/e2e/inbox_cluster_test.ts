/** Durable commands on three replicas. */
import { assertEquals } from "@std/assert";
import { eachOf } from "../support/callers.ts";
import { CommandClient, createPerson } from "../support/command_client.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { TestService } from "../support/service_process.ts";
import { readEvents } from "../support/stream_messages.ts";
import { until } from "../support/until.ts";

Deno.test("the inbox's leader is killed and comes back under load: each command is executed exactly once", async () => {
  await using cluster = await TestNatsCluster.start();
  await using _service = await TestService.start({
    NATS_URL: cluster.urls,
    STREAM_REPLICAS: "3",
    DURABLE_COMMANDS: "true",
  });
  await using client = await CommandClient.connect(cluster.urls);
  const inbox = new InboxClient(client.nc, { publishTimeoutMs: 2_000 });
  const personIds = Array.from({ length: 300 }, () => crypto.randomUUID());
  let published = 0;
  const all = eachOf(personIds, 16, async (id) => {
    // A publish without an answer may be stored or not: the same one again, with the same id.
    await until(
      "the command is kept",
      () => inbox.publish(createPerson(id), { "Nats-Msg-Id": id }),
    );
    published++;
  });
  await until("some are published", () => published > 50);
  const { server } = await cluster.leaderOf("PERSON_EVENTS_INBOX");
  await server.kill();
  await all;
  await server.restart();
  await until("the cluster is whole", async () => {
    await cluster.ready();
    return true;
  });
  await inbox.emptied();
  const stored = (await readEvents(client.nc)).map(({ envelope }) => envelope.aggregate_id);
  assertEquals(stored.toSorted(), personIds.toSorted());
  for (const id of personIds.slice(0, 10)) assertEquals((await inbox.outcome(id)).version, 1);
});
