/**
 * Three real nats-servers as one JetStream cluster, whose nodes can be frozen and killed one by one.
 *
 * @module
 */
import { z } from "zod";
import { freePort, TestNatsServer, type TestServerOptions } from "./nats_server.ts";
import { until } from "./until.ts";

const SIZE = 3;
/** A frozen node accepts connections but answers nothing. */
const ANSWER_TIMEOUT_MS = 500;

const StreamDetail = z.object({
  name: z.string(),
  cluster: z.object({ leader: z.string().optional() }).optional(),
});
const JetStreamStatus = z.object({
  meta_cluster: z.object({
    leader: z.string().optional(),
    replicas: z.array(z.object({ current: z.boolean(), offline: z.boolean().optional() }))
      .optional(),
  }).optional(),
  account_details: z.array(z.object({ stream_detail: z.array(StreamDetail).optional() }))
    .optional(),
});

/** One server of a cluster. */
export interface ClusterNode {
  /** Its `server_name`. */
  name: string;
  /** To freeze, kill and restart it. */
  server: TestNatsServer;
  /** Its monitoring port. */
  monitorPort: number;
}

/** Where a node dials another one: by default that one's own port. Nodes are numbered from 0. */
export type RouteVia = (from: number, to: number, port: number) => number;

/** `await using cluster = await TestNatsCluster.start()` */
export class TestNatsCluster implements AsyncDisposable {
  /** In the order of their names. */
  readonly nodes: readonly ClusterNode[];

  private constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes;
  }

  /** Resolves when streams with three replicas can be made; `config` is added to every node's. */
  static async start(
    options: Omit<TestServerOptions, "port"> & { routeVia?: RouteVia } = {},
  ): Promise<TestNatsCluster> {
    const ports = Array.from({ length: SIZE }, () => ({ route: freePort(), monitor: freePort() }));
    const { routeVia } = options;
    // Told to nobody, for they would be dialled past the ones given here.
    const isTold = routeVia === undefined ? "" : `, no_advertise: true, advertise: "127.0.0.1:1"`;
    const nodes = await Promise.all(ports.map(async ({ route, monitor }, index) => {
      const name = `node-${index + 1}`;
      const routes = ports.map((other, to) => {
        const port = routeVia === undefined || to === index
          ? other.route
          : routeVia(index, to, other.route);
        return `"nats://127.0.0.1:${port}"`;
      }).join(", ");
      const config = `
        server_name: ${name}
        http: "127.0.0.1:${monitor}"
        cluster { name: test, listen: "127.0.0.1:${route}", routes: [${routes}]${isTold} }
        ${options.config ?? ""}`;
      const server = await TestNatsServer.start({ ...options, config });
      return { name, server, monitorPort: monitor };
    }));
    const cluster = new TestNatsCluster(nodes);
    await cluster.ready();
    return cluster;
  }

  /** The client URLs of all nodes, between commas. */
  get urls(): string {
    return this.nodes.map(({ server }) => server.url).join(",");
  }

  /** Waits until there is a leader of the cluster to which every other node has caught up. */
  async ready(): Promise<void> {
    await until("the cluster is complete", async () => {
      for (const node of this.nodes) {
        const meta = (await statusOf(node))?.meta_cluster;
        const replicas = meta?.leader === node.name ? meta.replicas ?? [] : [];
        const caughtUp = replicas.filter(({ current, offline }) => current && !offline);
        if (caughtUp.length === SIZE - 1) return true;
      }
    });
  }

  /** The node that leads a stream by its own account; waits while there is none that answers. */
  async leaderOf(stream: string): Promise<ClusterNode> {
    return await until(`stream ${stream} has a leader`, async () => {
      for (const node of this.nodes) {
        const accounts = (await statusOf(node))?.account_details ?? [];
        const streams = accounts.flatMap(({ stream_detail }) => stream_detail ?? []);
        const found = streams.find(({ name }) => name === stream);
        if (found?.cluster?.leader === node.name) return node;
      }
    });
  }

  /** The nodes that don't lead a stream. */
  async followersOf(stream: string): Promise<ClusterNode[]> {
    const leader = await this.leaderOf(stream);
    return this.nodes.filter((node) => node !== leader);
  }

  /** Kills all nodes and removes their stores. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(({ server }) => server[Symbol.asyncDispose]()));
  }
}

async function statusOf(
  { monitorPort }: ClusterNode,
): Promise<z.infer<typeof JetStreamStatus> | undefined> {
  const url = `http://127.0.0.1:${monitorPort}/jsz?accounts=true&streams=true`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    return JetStreamStatus.parse(await response.json());
  } catch (error) {
    if (error instanceof z.ZodError) throw error;
    return undefined; // frozen, killed or still starting
  }
}
