import { assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { CommandClient } from "../support/command_client.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { until } from "../support/until.ts";
import { TcpProxy } from "./tcp_proxy.ts";

/** A leader needs 10 s to notice that nobody follows it, and this machine may be slow. */
const PATIENCE_MS = 120_000;

Deno.test("TestNatsCluster: given routes through proxies, when the leader's are cut, then another node leads; when they are mended, the cluster is whole", async () => {
  await using proxies = new AsyncDisposableStack();
  const routes: { from: number; to: number; proxy: TcpProxy }[] = [];
  await using cluster = await TestNatsCluster.start({
    routeVia: (from, to, port) => {
      const proxy = proxies.use(new TcpProxy(port));
      routes.push({ from, to, proxy });
      return proxy.port;
    },
  });
  await using client = await CommandClient.connect(cluster.urls);
  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.add({ name: "S", subjects: ["s"], num_replicas: 3 });
  const first = await cluster.leaderOf("S");
  const number = cluster.nodes.indexOf(first);
  const own = routes.filter(({ from, to }) => from === number || to === number);
  assertEquals(own.length, 4);

  for (const { proxy } of own) proxy.cut();
  await until("another leads", async () => await cluster.leaderOf("S") !== first, PATIENCE_MS);
  for (const { proxy } of own) proxy.mend();
  await cluster.ready();
});
