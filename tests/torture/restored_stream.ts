import { setTimeout as delay } from "node:timers/promises";
import { until } from "../support/until.ts";
import { backUp, restore } from "./backup.ts";
import type { Callers } from "./callers.ts";
import type { Restore } from "./history.ts";
import { readStream, SNAPSHOTS } from "./stored.ts";
import { PATIENCE_MS, STREAM, type TortureSystem } from "./system.ts";

/** Time between backup and restore, in which commands are accepted that will be lost. */
const LOST_MS = 8_000;

/** Backs the stream up amid commands, and puts it back as the documentation says: instances stopped, snapshots deleted. */
export async function putBack(system: TortureSystem, callers: Callers): Promise<Restore> {
  const { admin: { nc }, jsm, instances } = system;
  const backup = await backUp(nc, STREAM);
  await delay(LOST_MS);
  await Promise.all(instances.map((instance) => instance.kill()));
  callers.hold();
  await until("no command is under way", () => callers.inFlight === 0, PATIENCE_MS);
  const before = await readStream(nc);
  const atMs = performance.now();
  await restore(nc, jsm, backup);
  await jsm.streams.delete(`KV_${SNAPSHOTS}`);
  for (const instance of instances) await instance.start();
  callers.release();
  return { atMs, lastSequence: backup.head.state.last_seq, before };
}
