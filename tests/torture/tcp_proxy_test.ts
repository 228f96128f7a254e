import { assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { CommandClient } from "../support/command_client.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { until } from "../support/until.ts";
import { TcpProxy } from "./tcp_proxy.ts";

Deno.test("TcpProxy: given a connection through it, when stalled, cut and mended, then it fares so", async () => {
  await using server = await TestNatsServer.start();
  await using proxy = new TcpProxy(server.port);
  await using client = await CommandClient.connect(`nats://127.0.0.1:${proxy.port}`);
  const { nc } = client;
  nc.subscribe("echo", { callback: (_, message) => void message.respond(message.data) });
  const echo = async (timeout: number) => (await nc.request("echo", "hello", { timeout })).string();
  assertEquals(await echo(10_000), "hello");

  proxy.stall();
  const stalled = echo(30_000);
  assertEquals(await echo(200).catch(() => "time-out"), "time-out");
  proxy.mend();
  assertEquals(await stalled, "hello");

  const states: string[] = [];
  void (async () => {
    for await (const { type } of nc.status()) states.push(type);
  })();
  proxy.cut();
  await until("the client notices", () => states.includes("disconnect"));
  assertEquals(await echo(200).catch(() => "time-out"), "time-out");
  proxy.mend();
  assertEquals(await until("the client is back", () => echo(1_000)), "hello");
});

Deno.test("TcpProxy: given a batch, when stalled behind a message's number and cut, then the server has the batch's beginning and not its end", async () => {
  await using server = await TestNatsServer.start();
  await using proxy = new TcpProxy(server.port);
  await using client = await CommandClient.connect(`nats://127.0.0.1:${proxy.port}`);
  await using operator = await CommandClient.connect(server.url);
  const jsm = await jetstreamManager(operator.nc);
  await jsm.streams.add({ name: "S", subjects: ["s"], allow_atomic: true });

  const held = proxy.stallBehind("Nats-Batch-Sequence: 3\r\n");
  for (const sequence of [1, 2, 3]) publishInBatch(client, sequence);
  await held;
  proxy.cut();
  assertEquals((await jsm.streams.info("S")).state.messages, 0);

  // Only with those before it a third message makes a batch.
  const answer = await until("the server has the first two", async () => {
    const reply = await publishInBatch(operator, 3, { commits: true });
    return reply.error === undefined && reply;
  });
  assertEquals(answer, { stream: "S", seq: 3, batch: "b", count: 3 });
});

async function publishInBatch(
  { nc }: CommandClient,
  sequence: number,
  { commits = false } = {},
): Promise<{ error?: unknown }> {
  const made = headers();
  made.set("Nats-Batch-Id", "b");
  made.set("Nats-Batch-Sequence", String(sequence));
  if (!commits) {
    nc.publish("s", "", { headers: made });
    return {};
  }
  made.set("Nats-Batch-Commit", "1");
  return (await nc.request("s", "", { headers: made, timeout: 10_000 })).json();
}
