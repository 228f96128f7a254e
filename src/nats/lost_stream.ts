/**
 * Tells a stream of events that was lost from one that never was.
 *
 * @module
 */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { isPermissionViolation, StartupRefused } from "./startup_refused.ts";
import { findByName } from "./stream_lookup.ts";
import { snapshotBucketOf, streamsBeside } from "./subjects.ts";

/** What to do where the stream is gone. */
export const RESTORE_ADVICE =
  "stop all instances and run person-service restore; only if nothing is to be kept: person-service setup --new";

/**
 * What is left of a system whose stream of events is gone, in words; empty where there was none, the stream is there
 * after all, or this login may not look.
 */
export async function findRemnants(jsm: JetStreamManager, streamName: string): Promise<string[]> {
  const remnants: string[] = [];
  for (const name of streamsBeside(streamName)) {
    const info = await findIfAllowed(jsm, name);
    if (info !== null) remnants.push(`stream "${name}"`);
  }
  const bucket = snapshotBucketOf(streamName);
  const snapshots = (await findIfAllowed(jsm, `KV_${bucket}`))?.state.messages ?? 0;
  // The bucket alone says nothing: it is left of a system that never stored an event, too.
  if (snapshots > 0) remnants.push(`bucket "${bucket}" with ${snapshots} snapshots`);
  if (remnants.length === 0) return remnants;
  // An instance that starts at the same time makes the stream before all else.
  return await findByName(jsm, streamName) === null ? remnants : [];
}

/** Says that there was a stream. */
export function describeLoss(streamName: string, remnants: string[]): string {
  return `there is no stream "${streamName}", but there was one: ${remnants.join(", ")} is left`;
}

/**
 * To be called before an empty stream is made.
 * Throws `StartupRefused` where there was one: with an empty one in its place every person would vanish without a word.
 */
export async function refuseLostStream(jsm: JetStreamManager, streamName: string): Promise<void> {
  const remnants = await findRemnants(jsm, streamName);
  if (remnants.length === 0) return;
  const loss = describeLoss(streamName, remnants);
  throw new StartupRefused(
    `No empty stream is made: ${loss}. To have the events back, ${RESTORE_ADVICE}`,
  );
}

async function findIfAllowed(jsm: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await findByName(jsm, name);
  } catch (error) {
    if (isPermissionViolation(error)) return null;
    throw error;
  }
}
