import { setTimeout as delay } from "node:timers/promises";
import { personService } from "../support/command_line.ts";
import { until } from "../support/until.ts";
import type { Callers } from "./callers.ts";
import type { Restore } from "./history.ts";
import { EVENTS, OUTCOMES, readStream } from "./stored.ts";
import { PATIENCE_MS, STREAM, type TortureSystem } from "./system.ts";

/** Time between backup and restore, in which commands are accepted that will be lost. */
const LOST_MS = 8_000;

/**
 * Has the stream backed up amid commands, lost, and restored as the operator's documents say, while the callers' tries
 * are kept back.
 */
export async function putBack(system: TortureSystem, callers: Callers): Promise<Restore> {
  const { jsm, instances, urls } = system;
  const parent = await Deno.makeTempDir({ prefix: "torture-" });
  const folder = `${parent}/backup`;
  const { state } = await jsm.streams.info(STREAM);
  await run("backup", folder, urls);
  await delay(LOST_MS);
  await Promise.all(instances.map((instance) => instance.kill()));
  callers.hold();
  await until("no command is under way", () => callers.inFlight === 0, PATIENCE_MS);
  const before = await readStream(jsm, EVENTS);
  const outcomesBefore = await readStream(jsm, OUTCOMES);
  const atMs = performance.now();
  await jsm.streams.delete(STREAM);
  await run("restore", folder, urls);
  const restored = await jsm.streams.info(STREAM);
  for (const instance of instances) await instance.start();
  callers.release();
  await Deno.remove(parent, { recursive: true });
  // What was stored when the backup began has to be in it.
  const lastSequence = Math.max(state.last_seq, restored.state.last_seq);
  return { atMs, lastSequence, before, outcomesBefore };
}

async function run(command: "backup" | "restore", folder: string, urls: string): Promise<void> {
  const { status, stderr } = await personService([command, folder], { NATS_URL: urls });
  if (status !== 0) throw new Error(`person-service ${command} failed (${status}):\n${stderr}`);
}
