/**
 * The service, loops that decide nothing, and raw publishes side by side, on one server, under the same load.
 *
 * @module
 */
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { TestNatsCluster } from "../../support/nats_cluster.ts";
import { TestNatsServer } from "../../support/nats_server.ts";
import { cpuMs, sum } from "../figures.ts";
import { addStream } from "../load/add_stream.ts";
import { ClosedLoop } from "../load/closed_loop.ts";
import type { Round } from "../load/latencies.ts";
import { Load, PERSONS_OF, type Shape } from "../load/shapes.ts";
import { type BenchProcess, startProgram, startService } from "../programs/bench_process.ts";
import { RawAnswer } from "../programs/raw_round.ts";
import type { Configuration } from "../results.ts";

/** Who is measured. */
export type Contestant = "service" | "bare" | "plain" | "batches" | "raw";

/** Where commands go. */
const PREFIXES = { service: "person", bare: "bare", plain: "plain", batches: "batches" };

/** A round, with the processor time that a command took there. */
export type Measured = Round & { cpuUsPerCommand: number };

/** What is done in a round. */
export type RoundOptions = { shape: Shape; inFlight: number; durationMs: number };

/** `await using contest = await openContest(...)` */
export type Contest = AsyncDisposable & {
  /** One round of one of them. */
  measure: (who: Contestant, options: RoundOptions) => Promise<Measured>;
};

/** Who takes part. Of several instances, plain loops and batches would refuse each other's events. */
export function contestantsOf({ instances }: Configuration): Contestant[] {
  return instances === 1
    ? ["service", "bare", "plain", "batches", "raw"]
    : ["service", "bare", "raw"];
}

/** Starts everything that a contest needs. */
export async function openContest(configuration: Configuration): Promise<Contest> {
  await using starting = new AsyncDisposableStack();
  const url = await startServers(configuration, starting);
  const nc = await connectTo(url);
  starting.defer(() => nc.close());
  await addStream(nc, "BARE", "bare", configuration.replicas);
  await addStream(nc, "PLAIN", "plain", configuration.replicas);
  await addStream(nc, "BATCHES", "batches", configuration.replicas);
  await addStream(nc, "RAW", "raw", configuration.replicas);
  const settings = { NATS_URL: url, STREAM_REPLICAS: String(configuration.replicas) };
  const taking = (who: Contestant) => contestantsOf(configuration).includes(who) ? 1 : 0;
  const processes = {
    service: await times(
      configuration.instances,
      starting,
      () => startService(settings, configuration),
    ),
    bare: await times(
      configuration.instances,
      starting,
      () => startProgram("bare_loop", url, configuration),
    ),
    plain: await times(
      taking("plain"),
      starting,
      () => startProgram("plain_loop", url, configuration),
    ),
    batches: await times(
      taking("batches"),
      starting,
      () => startProgram("bare_batches", url, configuration),
    ),
    raw: await times(1, starting, () => startProgram("raw_publish", url, configuration)),
  };
  const load = new Load(nc);
  const loop = new ClosedLoop(nc);
  const owned = starting.move();
  return {
    measure: async (who, { shape, inFlight, durationMs }) => {
      await load.prepare(shape);
      const cpuBeforeMs = sum(processes[who].map(({ pid }) => cpuMs(pid)));
      const round = who === "raw"
        ? await publishRaw(processes.raw, { persons: PERSONS_OF[shape], inFlight, durationMs })
        : await loop.measure(
          inFlight,
          durationMs,
          load.on(PREFIXES[who], shape, inFlight),
        );
      const usedMs = sum(processes[who].map(({ pid }) => cpuMs(pid))) - cpuBeforeMs;
      return { ...round, cpuUsPerCommand: usedMs * 1_000 / round.count };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A connection for a load; without traces, which cost more than a request. */
export function connectTo(url: string): Promise<NatsConnection> {
  const servers = url.split(",").map((each) => each.replace("nats://", ""));
  return connect({ servers, noAsyncTraces: true });
}

async function startServers(
  { replicas, syncAlways }: Configuration,
  owned: AsyncDisposableStack,
): Promise<string> {
  return replicas === 1
    ? owned.use(await TestNatsServer.start({ syncAlways })).url
    : owned.use(await TestNatsCluster.start({ syncAlways })).urls;
}

async function times(
  count: number,
  owned: AsyncDisposableStack,
  start: () => Promise<BenchProcess>,
): Promise<BenchProcess[]> {
  const started: BenchProcess[] = [];
  while (started.length < count) started.push(owned.use(await start()));
  return started;
}

async function publishRaw(
  [publisher]: BenchProcess[],
  round: { persons: number; inFlight: number; durationMs: number },
): Promise<Round> {
  return RawAnswer.parse(await publisher?.ask(round));
}
