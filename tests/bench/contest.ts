/**
 * The service and a bare loop side by side, on one server, under the same load.
 *
 * @module
 */
import { jetstreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";
import { cpuMs, measureRound, residentMiB, type Round } from "./measure.ts";

/** What the load is: renames of persons in the cache, new persons, renames of one person, or Zipf over many persons. */
export const SHAPES = ["cached", "create", "hot", "zipf"] as const;
/** What the load is. */
export type Shape = typeof SHAPES[number];

/** A round of one of the two, with the processor time that a command took there. */
export type Measured = Round & { cpuUsPerCommand: number };

/** What a contest is held on. */
export type ContestOptions = {
  replicas: number;
  instances: number;
  syncAlways: boolean;
  jitless: boolean;
};

const PERSONS = { cached: 1_000, create: 0, hot: 1, zipf: 10_000 };

/** `await using contest = await openContest(...)` */
export type Contest = AsyncDisposable & {
  /** One round of the service or of the bare loop. */
  measure: (
    who: "service" | "bare",
    shape: Shape,
    inFlight: number,
    durationMs: number,
  ) => Promise<Measured>;
  /** From the start of the first instance until it served. */
  readyMs: number;
  /** Before the first command. */
  idleMiB: number;
  /** Of the first instance, now. */
  residentMiB: () => number;
};

/** Whether the load has this name. */
export function isShape(name: string): name is Shape {
  return SHAPES.some((shape) => shape === name);
}

/** Starts everything that a contest needs. */
export async function openContest(options: ContestOptions): Promise<Contest> {
  await using starting = new AsyncDisposableStack();
  const url = await startServers(options, starting);
  const client = starting.use(await CommandClient.connect(url));
  const env = options.jitless ? { DENO_V8_FLAGS: "--jitless" } : {};
  const startedMs = performance.now();
  const services: TestService[] = [];
  for (let started = 0; started < options.instances; started++) {
    const settings = { NATS_URL: url, STREAM_REPLICAS: String(options.replicas), ...env };
    services.push(starting.use(await TestService.start(settings)));
  }
  const readyMs = (performance.now() - startedMs) / options.instances;
  const [first] = services;
  if (first === undefined) throw new Error("A contest needs an instance");
  const idleMiB = residentMiB(first.pid);
  const jsm = await jetstreamManager(client.nc);
  const { replicas: num_replicas } = options;
  await jsm.streams.add({ name: "BARE", subjects: ["bare.events.>"], num_replicas });
  const loops: BareLoop[] = [];
  for (let started = 0; started < options.instances; started++) {
    loops.push(starting.use(await BareLoop.start(url, env)));
  }
  const load = new Load(client);
  const owned = starting.move();
  return {
    readyMs,
    idleMiB,
    residentMiB: () => residentMiB(first.pid),
    measure: async (who, shape, inFlight, durationMs) => {
      await load.prepare(shape);
      const pids = (who === "service" ? services : loops).map(({ pid }) => pid);
      const before = sum(pids.map(cpuMs));
      const request = load.requestOn(who === "service" ? "person" : "bare", shape, inFlight);
      const round = await measureRound(inFlight, durationMs, request);
      const usedMs = sum(pids.map(cpuMs)) - before;
      return { ...round, cpuUsPerCommand: usedMs * 1_000 / round.count };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startServers(
  { replicas, syncAlways }: ContestOptions,
  owned: AsyncDisposableStack,
): Promise<string> {
  return replicas === 1
    ? owned.use(await TestNatsServer.start({ syncAlways })).url
    : owned.use(await TestNatsCluster.start({ syncAlways })).urls;
}

/** Commands for every shape of load; the persons are made when they are first needed. */
class Load {
  readonly #client: CommandClient;
  readonly #ids: Record<Shape, string[]> = { cached: [], create: [], hot: [], zipf: [] };

  constructor(client: CommandClient) {
    this.#client = client;
  }

  /** Makes the persons of the load. */
  async prepare(shape: Shape): Promise<void> {
    const ids = this.#ids[shape];
    while (ids.length < PERSONS[shape]) {
      const count = Math.min(200, PERSONS[shape] - ids.length);
      const made = Array.from({ length: count }, () => crypto.randomUUID());
      await Promise.all(made.map((id) => this.#client.send(createPerson(id))));
      ids.push(...made);
    }
  }

  /** Each worker has persons of its own where there are enough, so that no two requests meet on one. */
  requestOn(prefix: "person" | "bare", shape: Shape, inFlight: number) {
    const ids = this.#ids[shape];
    const draw = zipf(PERSONS.zipf);
    const idOf = (worker: number, count: number): string => {
      if (shape === "create") return crypto.randomUUID();
      const index = shape === "zipf" ? draw() : (worker + count * inFlight) % ids.length;
      return ids[index] ?? "";
    };
    return async (worker: number, count: number) => {
      const id = idOf(worker, count);
      const command = shape === "create" ? createPerson(id) : updateName(id, "Augusta");
      const fields = headers();
      fields.set("Nats-Msg-Id", crypto.randomUUID());
      const subject = `${prefix}.commands.${id}`;
      const options = { headers: fields, timeout: 30_000 };
      const reply = await this.#client.nc.request(subject, JSON.stringify(command), options);
      if (reply.headers?.has("Nats-Service-Error")) throw new Error(reply.string());
    };
  }
}

/** A process of its own, as the service is. */
class BareLoop implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
  }

  static async start(url: string, env: Record<string, string>): Promise<BareLoop> {
    const file = new URL("bare_loop.ts", import.meta.url).pathname;
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", file, url.replaceAll("nats://", "")],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const output = process.stdout.getReader();
    await output.read();
    await output.cancel();
    return new BareLoop(process);
  }

  get pid(): number {
    return this.#process.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
  }
}

/** Draws indexes below `count`, the first the most often: each in proportion to one over its place. */
function zipf(count: number): () => number {
  const cumulated: number[] = [];
  for (let place = 1; place <= count; place++) cumulated.push((cumulated.at(-1) ?? 0) + 1 / place);
  const total = cumulated.at(-1) ?? 0;
  return () => {
    const drawn = Math.random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulated[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function sum(figures: number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
