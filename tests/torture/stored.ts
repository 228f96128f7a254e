/**
 * What is stored at the end of a run.
 *
 * @module
 */
import { gunzipSync } from "node:zlib";
import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { eachOf } from "../support/callers.ts";
import { readMessages } from "../support/stream_messages.ts";
import type { Message, SnapshotEntry } from "./history.ts";
import { STREAM } from "./system.ts";

/** The bucket of the persons' snapshots. */
export const SNAPSHOTS = `${STREAM}_SNAPSHOTS`;

/** Every message of the events' stream, as its leader has them. */
export async function readStream(nc: NatsConnection): Promise<Message[]> {
  return await readMessages(nc, STREAM);
}

/** Every snapshot. */
export async function readSnapshots(nc: NatsConnection): Promise<SnapshotEntry[]> {
  const bucket = await new Kvm(jetstream(nc)).open(SNAPSHOTS);
  const entries: SnapshotEntry[] = [];
  await eachOf(await Array.fromAsync(await bucket.keys()), 64, async (key) => {
    const entry = await bucket.get(key);
    if (entry !== null) entries.push({ key, value: unpack(entry.value) });
  });
  return entries;
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(gunzipSync(bytes).toString());
  } catch {
    return null;
  }
}
