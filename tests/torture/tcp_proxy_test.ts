import { assertEquals } from "@std/assert";
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
