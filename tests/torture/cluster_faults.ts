/**
 * What can go wrong between a leader and its followers.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { amid, type Fault } from "./fault.ts";

/** Around the 10 s after which a leader without followers gives up leading. */
const FREEZE_FOLLOWERS_MS: [least: number, most: number] = [6_000, 14_000];

/** With three replicas only. */
export const WITH_FOLLOWERS: Fault[] = [
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
