/**
 * What goes wrong during a run. Each fault is injected and undone again; the run waits until nothing is left of it.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../support/until.ts";
import type { Random } from "./random.ts";
import { PATIENCE_MS, STREAM, type TortureSystem } from "./system.ts";
import type { TcpProxy } from "./tcp_proxy.ts";

/** A kind of fault. */
export type Fault = {
  name: string;
  /** How often it comes, next to the others. */
  weight: number;
  /** Whether a leader may be replaced without its knowledge, and tell of old states then. */
  isDoubtful?: true;
  /** Injects it and undoes it again. */
  run: (system: TortureSystem, random: Random) => Promise<void>;
};

/** Longer than the time-outs of the callers and of the service. */
const FREEZE_MS: [least: number, most: number] = [5_500, 7_500];
/** Around the 10 s after which a leader without followers gives up leading. */
const FREEZE_FOLLOWERS_MS: [least: number, most: number] = [6_000, 14_000];

/** With one replica and with three. */
const ALWAYS: Fault[] = [
  {
    name: "instance killed",
    weight: 3,
    run: async (system, random) => {
      const instance = random.pick(system.instances);
      await instance.kill();
      await delay(random.integer(0, 2_000));
      await instance.start();
    },
  },
  {
    name: "instance stopped in good order",
    weight: 1,
    run: async (system, random) => {
      const instance = random.pick(system.instances);
      await instance.stop();
      await instance.start();
    },
  },
  {
    name: "instance frozen",
    weight: 2,
    run: async (system, random) => {
      const instance = random.pick(system.instances);
      instance.freeze();
      await delay(random.integer(...FREEZE_MS));
      instance.thaw();
    },
  },
  {
    name: "all instances killed",
    weight: 1,
    run: async (system) => {
      await Promise.all(system.instances.map((instance) => instance.kill()));
      await Promise.all(system.instances.map((instance) => instance.start()));
    },
  },
  {
    name: "server killed",
    weight: 3,
    isDoubtful: true,
    run: async (system, random) => {
      const server = random.pick(system.servers);
      await server.kill();
      await delay(random.integer(0, 2_000));
      await server.restart();
    },
  },
  {
    name: "server frozen",
    weight: 2,
    isDoubtful: true,
    run: async (system, random) => {
      const server = random.pick(system.servers);
      server.freeze();
      await delay(random.integer(...FREEZE_MS));
      server.thaw();
    },
  },
  {
    name: "instance and server killed",
    weight: 1,
    isDoubtful: true,
    run: async (system, random) => {
      const instance = random.pick(system.instances);
      const server = random.pick(system.servers);
      await Promise.all([instance.kill(), server.kill()]);
      await server.restart();
      await instance.start();
    },
  },
  {
    name: "instance's connections cut",
    weight: 2,
    run: (system, random) =>
      amid(random.pick(system.instances).links, (link) => link.cut(), random.integer(0, 3_000)),
  },
  {
    name: "instance's connections stalled",
    weight: 1,
    run: (system, random) =>
      amid(random.pick(system.instances).links, (link) => link.stall(), random.integer(500, 6_500)),
  },
  {
    name: "instance's connections delayed",
    weight: 1,
    run: (system, random) => {
      const delayMs = random.integer(5, 150);
      const links = random.pick(system.instances).links;
      return amid(links, (link) => link.slowDown(delayMs), random.integer(1_000, 4_000));
    },
  },
  {
    name: "callers' connections cut",
    weight: 2,
    run: (system, random) =>
      amid(random.pick(system.callerLinks), (link) => link.cut(), random.integer(0, 2_000)),
  },
  {
    name: "callers' connections stalled",
    weight: 1,
    run: (system, random) =>
      amid(random.pick(system.callerLinks), (link) => link.stall(), random.integer(500, 6_500)),
  },
  {
    name: "disk full",
    weight: 2,
    run: async (system, random) => {
      const { state } = await persist(() => system.jsm.streams.info(STREAM));
      const max_bytes = state.bytes + random.integer(1, 100_000);
      await persist(() => system.jsm.streams.update(STREAM, { max_bytes }));
      await delay(random.integer(2_000, 4_000));
      await persist(() => system.jsm.streams.update(STREAM, { max_bytes: -1 }));
    },
  },
];

/** With three replicas only. */
const WITH_FOLLOWERS: Fault[] = [
  {
    name: "leader killed",
    weight: 3,
    isDoubtful: true,
    run: async (system, random) => {
      const leader = system.servers[await system.leader()];
      await leader?.kill();
      await delay(random.integer(0, 8_000));
      await leader?.restart();
    },
  },
  {
    name: "leader frozen",
    weight: 3,
    isDoubtful: true,
    run: async (system, random) => {
      const leader = system.servers[await system.leader()];
      leader?.freeze();
      await delay(random.integer(6_000, 12_000));
      leader?.thaw();
    },
  },
  {
    name: "followers frozen",
    weight: 3,
    isDoubtful: true,
    run: async (system, random) => {
      const leader = await system.leader();
      const followers = system.servers.filter((_, number) => number !== leader);
      for (const follower of followers) follower.freeze();
      await delay(random.integer(...FREEZE_FOLLOWERS_MS));
      for (const follower of followers) follower.thaw();
    },
  },
  {
    name: "leader cut off from its peers",
    weight: 3,
    isDoubtful: true,
    run: async (system, random) =>
      await amid(
        system.routesOf(await system.leader()),
        (route) => route.cut(),
        random.integer(6_000, 15_000),
      ),
  },
  {
    name: "leader's routes stalled",
    weight: 2,
    isDoubtful: true,
    run: async (system, random) =>
      await amid(
        system.routesOf(await system.leader()),
        (route) => route.stall(),
        random.integer(6_000, 12_000),
      ),
  },
  {
    name: "servers restarted one by one",
    weight: 1,
    isDoubtful: true,
    run: async (system) => {
      for (const server of system.servers) {
        await server.restart();
        await system.healed();
      }
    },
  },
];

/** The kinds of faults that such a system can have. */
export function faultsFor(replicas: 1 | 3): Fault[] {
  return replicas === 1 ? ALWAYS : [...ALWAYS, ...WITH_FOLLOWERS];
}

/** Does something to links, and mends them after a time. */
async function amid(
  links: TcpProxy[],
  harm: (link: TcpProxy) => void,
  durationMs: number,
): Promise<void> {
  for (const link of links) harm(link);
  await delay(durationMs);
  for (const link of links) link.mend();
}

/** The stream may have no leader for a moment. */
function persist<T>(work: () => Promise<T>): Promise<T> {
  return until("the stream can be changed", work, PATIENCE_MS);
}
