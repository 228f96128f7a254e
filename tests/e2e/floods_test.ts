/** More commands than can be served: what waits is bounded, and all goes on by itself afterwards. */
import { assert, assertEquals } from "@std/assert";
import { createInbox } from "@nats-io/transport-node";
import { sendUntilAnswered } from "../support/callers.ts";
import {
  type AnyReply,
  CommandClient,
  createPerson,
  updateName,
} from "../support/command_client.ts";
import { assertWhole } from "../support/histories.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { readReply } from "../support/replies.ts";
import { residentKib } from "../support/resident_memory.ts";
import { TestService } from "../support/service_process.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

/** Longer than any instance takes to answer, on a slow machine, too. */
const REPLY_TIMEOUT_MS = 60_000;

/** It needs some 250 MiB; each command that stayed in memory would add its kilobytes, 16,000 times. */
const MEMORY_LIMIT_KIB = 400 * 1024;

Deno.test("two of three servers down: each command of a flood is answered, the memory stays bounded, and all is served once they are back", async () => {
  await using cluster = await TestNatsCluster.start();
  const [stays, ...others] = cluster.nodes;
  const url = stays?.server.url ?? "";
  await using service = await TestService.start({
    NATS_URL: url,
    STREAM_REPLICAS: "3",
    COMMAND_TIMEOUT: "2s",
    MAX_QUEUED: "2000",
  });
  await using client = await CommandClient.connect(url);
  assertEquals((await client.send(createPerson(crypto.randomUUID()))).version, 1);
  for (const { server } of others) await server.kill();

  for (let floods = 0; floods < 4; floods++) {
    assertEquals(await flood(client, 4_000), new Set(["Overloaded", "Unavailable"]));
  }
  const resident = residentKib(service.pid);
  assert(resident < MEMORY_LIMIT_KIB, `${resident} KiB after 16,000 commands that wait no more`);

  for (const { server } of others) await server.restart();
  const isAccepted = async () =>
    (await client.send(createPerson(crypto.randomUUID()))).version === 1;
  await until("commands are accepted again", isAccepted, REPLY_TIMEOUT_MS);
});

Deno.test("the server is frozen amid commands for longer than everybody waits: each is stored once and answered in the end", async () => {
  await using system = await TestSystem.start();
  const { client, nats } = system;
  const service = await system.startService();
  const personIds = Array.from({ length: 300 }, () => crypto.randomUUID());
  const replies = Promise.all(
    personIds.map((personId) => sendUntilAnswered(client, createPerson(personId))),
  );
  await client.nc.flush();
  nats.freeze();
  await service.logged(/Lost NATS/);
  nats.thaw();
  assertEquals((await replies).filter(({ version }) => version !== 1), []);
  const events = await system.events();
  assertWhole(events);
  assertEquals(events.map(({ envelope }) => envelope.aggregate_id).sort(), personIds.sort());
});

Deno.test("30 commands at once for each of 300 persons: all are accepted, none is stored twice", async () => {
  await using system = await TestSystem.start();
  await system.startService({ COMMAND_TIMEOUT: "30s" });
  const { client } = system;
  const personIds = Array.from({ length: 300 }, () => crypto.randomUUID());
  await Promise.all(personIds.map((personId) => client.send(createPerson(personId))));
  const replies = await Promise.all(
    Array.from(
      { length: 30 },
      (_, n) =>
        personIds.map((personId) =>
          client.request(updateName(personId, `Ada ${n}`), {}, { timeoutMs: REPLY_TIMEOUT_MS })
        ),
    ).flat(),
  );
  assertEquals(new Set(replies.map((reply) => readReply(reply).error)), new Set([undefined]));
  const events = await system.events();
  assertWhole(events);
  assertEquals(events.length, 31 * personIds.length);
});

Deno.test("a service that takes too slowly is cut off by the server, comes back, and serves on: what was answered is stored", async () => {
  await using system = await TestSystem.start({ config: "max_pending: 1MB" });
  const { client, nats } = system;
  const service = await system.startService();
  await client.send(createPerson(crypto.randomUUID()));
  const answered = new Set<string>();
  const inbox = createInbox();
  client.nc.subscribe(inbox, {
    callback: (_, message) => {
      // Once it is cut off, the server says that nobody is there.
      if (message.data.length === 0) return;
      const { aggregate_id, version } = message.json<AnyReply>();
      if (version === 1) answered.add(aggregate_id ?? "");
    },
  });
  service.freeze();
  for (let sent = 0; !(await nats.log()).includes("Slow Consumer"); sent++) {
    assert(sent < 100, "The server has sent 100 MB to a process that takes nothing");
    for (let n = 0; n < 100; n++) {
      // Blanks make it longer, and nothing else.
      const command = JSON.stringify(createPerson(crypto.randomUUID())).padEnd(10_000);
      client.nc.publish("person.commands.x", command, { reply: inbox });
    }
    await client.nc.flush();
  }
  service.thaw();
  await service.logged(/Lost NATS[^]*Back at NATS/);
  const accepted = await sendUntilAnswered(client, createPerson(crypto.randomUUID()));
  assertEquals(accepted.version, 1);
  const stored = new Set((await system.events()).map(({ envelope }) => envelope.aggregate_id));
  assert(answered.isSubsetOf(stored));
});

/** Sends so many commands at once, each for a new person, and gives the codes of all answers. */
async function flood(client: CommandClient, commands: number): Promise<Set<string>> {
  const replies = await Promise.all(
    Array.from(
      { length: commands },
      () => client.request(createPerson(crypto.randomUUID()), {}, { timeoutMs: REPLY_TIMEOUT_MS }),
    ),
  );
  return new Set(replies.map((reply) => readReply(reply).error?.code ?? "accepted"));
}
