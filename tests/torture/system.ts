/**
 * What is tortured: nats-servers, instances of the service and callers' connections, with a proxy on every link.
 *
 * @module
 */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { CommandClient } from "../support/command_client.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { until } from "../support/until.ts";
import { Instance } from "./instance.ts";
import { TcpProxy } from "./tcp_proxy.ts";

/** The events' stream. */
export const STREAM = "PERSON_EVENTS";
/** Connections that callers share. */
const CONNECTIONS = 4;
/** A slow machine may need long; only one that never gets there is a failure. */
export const PATIENCE_MS = 180_000;

/** A server that was cut off may take minutes until all its routes are back. */
const CATCHING_UP_MS = 30_000;

/** How much of it there is. */
export type SystemSize = { replicas: 1 | 3; services: number };

/** `await using system = await TortureSystem.start(...)` ends every process. */
export class TortureSystem implements AsyncDisposable {
  /** As it was asked for. */
  readonly size: SystemSize;
  readonly #owned: AsyncDisposableStack;
  readonly #cluster: TestNatsCluster | null;
  /** All nats-servers. */
  readonly servers: TestNatsServer[];
  /** By the node that dials and the one that is dialled. */
  readonly #routes: Map<string, TcpProxy>;
  /** All instances of the service. */
  readonly instances: Instance[] = [];
  /** The callers' links: one list for each connection. */
  readonly callerLinks: TcpProxy[][] = [];
  /** The connections that callers share. */
  readonly callers: CommandClient[] = [];
  /** The harness's own connection, past all proxies. */
  readonly admin: CommandClient;
  /** On the harness's own connection. */
  readonly jsm: JetStreamManager;

  private constructor(
    size: SystemSize,
    owned: AsyncDisposableStack,
    cluster: TestNatsCluster | null,
    servers: TestNatsServer[],
    routes: Map<string, TcpProxy>,
    admin: CommandClient,
    jsm: JetStreamManager,
  ) {
    this.size = size;
    this.#owned = owned;
    this.#cluster = cluster;
    this.servers = servers;
    this.#routes = routes;
    this.admin = admin;
    this.jsm = jsm;
  }

  /** Resolves when all instances serve and all callers are connected. */
  static async start(size: SystemSize): Promise<TortureSystem> {
    await using stack = new AsyncDisposableStack();
    const routes = new Map<string, TcpProxy>();
    const routeVia = (from: number, to: number, port: number) => {
      const proxy = stack.use(new TcpProxy(port));
      routes.set(`${from} to ${to}`, proxy);
      return proxy.port;
    };
    const cluster = size.replicas === 1
      ? null
      : stack.use(await TestNatsCluster.start({ routeVia }));
    const servers = cluster?.nodes.map(({ server }) => server) ??
      [stack.use(await TestNatsServer.start())];
    const admin = stack.use(await CommandClient.connect(servers.map(({ url }) => url).join(",")));
    const jsm = await jetstreamManager(admin.nc, { checkAPI: false });
    const system = new TortureSystem(size, stack.move(), cluster, servers, routes, admin, jsm);
    await using starting = new AsyncDisposableStack();
    starting.use(system);
    await system.#populate();
    starting.move();
    return system;
  }

  /** The servers' own addresses, past all proxies. */
  get urls(): string {
    return this.servers.map(({ url }) => url).join(",");
  }

  /** The stream's leader, as a number of a server. */
  async leader(): Promise<number> {
    if (this.#cluster === null) return 0;
    const { name } = await this.#cluster.leaderOf(STREAM);
    return this.#cluster.nodes.findIndex((node) => node.name === name);
  }

  /** The cluster routes that begin or end at a server. */
  routesOf(server: number): TcpProxy[] {
    return [...this.#routes].filter(([key]) => key.split(" to ").includes(String(server)))
      .map(([, proxy]) => proxy);
  }

  /** Waits until every instance serves, and a while until every server has caught up. */
  async healed(): Promise<void> {
    await this.caughtUp(CATCHING_UP_MS);
    for (const instance of this.instances) await instance.serving();
  }

  /** Waits until every replica of the stream is current, or no longer than this: two of three are enough to go on. */
  async caughtUp(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    await until("the stream's replicas are current", async () => {
      return Date.now() > deadline || await this.#isCurrent().catch(() => false);
    }, PATIENCE_MS + timeoutMs);
  }

  /** When the stream was made, as the server says it. */
  async streamCreated(): Promise<string> {
    const info = await until(
      "the stream answers",
      () => this.jsm.streams.info(STREAM),
      PATIENCE_MS,
    );
    return info.created;
  }

  async #isCurrent(): Promise<boolean> {
    const { cluster, config } = await this.jsm.streams.info(STREAM);
    const replicas = cluster?.replicas ?? [];
    return replicas.filter(({ current }) => current).length === config.num_replicas - 1;
  }

  /** Ends every process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #populate(): Promise<void> {
    for (let number = 0; number < this.size.services; number++) {
      const instance = new Instance(this.#links(), this.size.replicas);
      this.instances.push(this.#owned.use(instance));
      // One after the other: the first one makes the stream.
      await instance.start();
    }
    for (let number = 0; number < CONNECTIONS; number++) {
      const links = this.#links();
      this.callerLinks.push(links);
      const urls = links.map(({ port }) => `nats://127.0.0.1:${port}`).join(",");
      this.callers.push(this.#owned.use(await CommandClient.connect(urls)));
    }
  }

  #links(): TcpProxy[] {
    return this.servers.map(({ port }) => this.#owned.use(new TcpProxy(port)));
  }
}
