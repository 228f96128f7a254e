/** The promises kept on three replicas, while nodes are frozen and killed. */
import { assert, assertEquals } from "@std/assert";
import { sendUntilAnswered } from "../support/callers.ts";
import { CommandClient, createPerson } from "../support/command_client.ts";
import { assertTrue, assertWhole, isUnknown, type Sent } from "../support/histories.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { assertNoUpdateLost } from "../support/one_person_race.ts";
import { RenamingLoad } from "../support/renaming_load.ts";
import { TestService } from "../support/service_process.ts";
import { readEvents } from "../support/stream_messages.ts";
import { until } from "../support/until.ts";

const STREAM = "PERSON_EVENTS";
const PERSONS = 30;
/** Shorter than the 10 s after which a leader without followers gives up leading. */
const FREEZE_MS = 9_000;
/** Accepted commands before and after each fault. */
const ENOUGH = 200;

Deno.test("three replicas: 2,000 commands to one person, from two callers to two instances, lose no update", async () => {
  await using cluster = await TestNatsCluster.start();
  await using _services = await startServices(cluster);
  await using first = await CommandClient.connect(cluster.urls);
  await using second = await CommandClient.connect(cluster.urls);
  await assertNoUpdateLost(first, second);
});

Deno.test("three replicas: the leader's followers are frozen amid commands and thawed, and every reply is true", async () => {
  await using cluster = await TestNatsCluster.start();
  // These make the stream.
  await (await startServices(cluster))[Symbol.asyncDispose]();
  const { url } = (await cluster.leaderOf(STREAM)).server;
  // Everyone is connected to the leader, so that only the stream is at fault; the deadline comes before the thaw.
  await using _services = await startServices(cluster, { NATS_URL: url, COMMAND_TIMEOUT: "6s" });
  const sent = await assertTrueThroughout([url], async () => {
    const followers = await cluster.followersOf(STREAM);
    for (const { server } of followers) server.freeze();
    await new Promise((resolve) => setTimeout(resolve, FREEZE_MS));
    for (const { server } of followers) server.thaw();
  });
  // Else there would have been nothing to doubt.
  assert(sent.some(({ reply }) => reply !== null && isUnknown(reply)));
});

Deno.test("three replicas: the leader is frozen amid commands and thawed after another one led, and every reply is true", async () => {
  await using cluster = await TestNatsCluster.start();
  await using _services = await startServices(cluster);
  const urls = cluster.nodes.map(({ server }) => server.url);
  await assertTrueThroughout(urls, async () => {
    const { server } = await cluster.leaderOf(STREAM);
    server.freeze();
    await until(
      "another node leads",
      async () => (await cluster.leaderOf(STREAM)).server !== server,
    );
    server.thaw();
  });
});

Deno.test("three replicas: the leader is killed amid commands, and every reply is true", async () => {
  await using cluster = await TestNatsCluster.start();
  await using _services = await startServices(cluster);
  // Callers everywhere, so that some have their connection at the leader.
  const urls = cluster.nodes.map(({ server }) => server.url);
  await assertTrueThroughout([...urls, cluster.urls], async () => {
    const { server } = await cluster.leaderOf(STREAM);
    await server.kill();
    await until(
      "another node leads",
      async () => (await cluster.leaderOf(STREAM)).server !== server,
    );
    await server.restart();
  });
});

/** Fails unless every reply to commands sent before, during and after the fault is true in the end. */
async function assertTrueThroughout(
  urls: string[],
  fault: () => Promise<void>,
): Promise<Sent[]> {
  await using clients = new AsyncDisposableStack();
  const callers: CommandClient[] = [];
  for (const url of urls) callers.push(clients.use(await CommandClient.connect(url)));
  const calm = clients.use(await CommandClient.connect(urls.join(",")));
  const personIds = Array.from({ length: PERSONS }, () => crypto.randomUUID());
  for (const personId of personIds) {
    // What this client's server was told of the instances may still be on its way.
    assertEquals((await sendUntilAnswered(calm, createPerson(personId))).version, 1);
  }
  const load = new RenamingLoad(callers, personIds, 64);
  await until("commands are accepted", () => load.accepted > ENOUGH);
  await fault();
  const acceptedBefore = load.accepted;
  await until("commands are accepted again", () => load.accepted > acceptedBefore + ENOUGH, 60_000);
  const sent = await load.stop();

  const events = await readEvents(calm.nc);
  assertWhole(events);
  assertTrue(sent, events);
  const settled = await load.settle(calm);
  assertEquals(settled.map(({ reply }) => reply?.error), settled.map(() => undefined));
  const eventsInTheEnd = await readEvents(calm.nc);
  assertWhole(eventsInTheEnd);
  assertTrue([...sent, ...settled], eventsInTheEnd);
  return sent;
}

/** Two instances; resolves when both serve. */
async function startServices(
  cluster: TestNatsCluster,
  settings: Record<string, string> = {},
): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  for (let instances = 0; instances < 2; instances++) {
    const all = { NATS_URL: cluster.urls, STREAM_REPLICAS: "3", ...settings };
    stack.use(await TestService.start(all));
  }
  return stack;
}
