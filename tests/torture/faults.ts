/**
 * What goes wrong during a run. Each fault is injected and undone again; the run waits until nothing is left of it.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { AMID_BATCHES } from "./batch_faults.ts";
import { WITH_FOLLOWERS } from "./cluster_faults.ts";
import { amid, type Fault, persist } from "./fault.ts";
import { STREAM } from "./system.ts";

/** The kinds of faults that such a system can have. */
export function faultsFor(replicas: 1 | 3): Fault[] {
  const always = [...ALWAYS, ...AMID_BATCHES];
  return replicas === 1 ? always : [...always, ...WITH_FOLLOWERS];
}

/** Longer than the time-outs of the callers and of the service. */
const FREEZE_MS: [least: number, most: number] = [5_500, 7_500];
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
