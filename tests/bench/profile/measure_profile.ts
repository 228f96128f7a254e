import { freePort, TestNatsServer } from "../../support/nats_server.ts";
import { connectTo } from "../commands/contest.ts";
import { ClosedLoop } from "../load/closed_loop.ts";
import { Load } from "../load/shapes.ts";
import { startService } from "../programs/bench_process.ts";
import type { ProfileResult } from "../results.ts";
import { costliest, type CpuProfile } from "./cpu_profile.ts";
import { Inspector } from "./inspector.ts";

const INTERVAL_US = 500;
const FUNCTIONS = 10;
const SHAPE = "cached";

/** What is profiled, and how long. */
export type ProfileOptions = {
  inFlight: number;
  seconds: number;
  syncAlways: boolean;
  jitless: boolean;
};

/** Samples the service under load. Compiled code is warm by then. */
export async function measureProfile(
  { inFlight, seconds, syncAlways, jitless }: ProfileOptions,
): Promise<{ result: ProfileResult; profile: CpuProfile }> {
  await using server = await TestNatsServer.start({ syncAlways });
  const port = freePort();
  const settings = { NATS_URL: server.url };
  await using _service = await startService(settings, { jitless }, [`--inspect=127.0.0.1:${port}`]);
  const nc = await connectTo(server.url);
  const load = new Load(nc);
  const loop = new ClosedLoop(nc);
  await load.prepare(SHAPE);
  const commands = load.on("person", SHAPE, inFlight);
  await loop.measure(inFlight, seconds * 1_000, commands);
  await using inspector = await Inspector.connect(port);
  let measured = { count: 0, perSecond: 0 };
  const profile = await inspector.profileDuring(INTERVAL_US, async () => {
    measured = await loop.measure(inFlight, seconds * 1_000, commands);
  });
  await nc.close();
  const { count, perSecond } = measured;
  const costs = costliest(profile, count, FUNCTIONS);
  return { result: { inFlight, syncAlways, jitless, perSecond, ...costs }, profile };
}
