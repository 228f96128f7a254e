import { setTimeout as delay } from "node:timers/promises";
import { createHash } from "node:crypto";
import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { ClosedConnectionError } from "@nats-io/transport-node";
import { isPassing } from "./attempts.ts";
import { eventSuffix } from "../domain/events.ts";
import { readBatch } from "./batch_reader.ts";

/** Replicas of a stream just restored may take a while until they have it all. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 250;

const MERGED = `.${eventSuffix("PersonMergedInto")}`;

/** What a direct get adds to a message's own headers. Source: ADR-31 of NATS. */
const ADDED_HEADERS =
  /^Nats-(Stream|Subject|Sequence|Time-Stamp|Num-Pending|Last-Sequence|UpTo-Sequence)$/i;

/** All that a stream holds, in few words. */
export type StreamContent = {
  messages: number;
  /** Of every message in its order: sequence, subject, time, headers and body. */
  sha256: string;
  /** Whether the other half of a merge is missing, which is stored right behind the first. */
  endsInsideMerge: boolean;
};

/** A stream does not hold what it says; the message tells what is found. */
export class ContentMissing extends Error {
  /** Tells this class apart in logs. */
  override name = "ContentMissing";
}

/**
 * Reads a stream up to a sequence.
 *
 * @param messages how many there should be; a replica may not have all of them yet
 * @param onProgress told the sequence that was read last
 * @throws {ContentMissing} when fewer are found for a minute, or more
 */
export async function readContent(
  jsm: JetStreamManager,
  streamName: string,
  { messages, lastSequence }: { messages: number; lastSequence: number },
  onProgress: (sequence: number) => void,
): Promise<StreamContent> {
  const hash = createHash("sha256");
  let last: StoredMsg | undefined;
  let count = 0;
  let next = 1;
  let patientUntilMs = performance.now() + PATIENCE_MS;
  while (count < messages) {
    const batch = await batchFrom(jsm, streamName, next);
    const found = batch.filter(({ seq }) => seq >= next && seq <= lastSequence);
    for (const message of found) {
      update(hash, message);
      last = message;
      next = message.seq + 1;
    }
    count += found.length;
    onProgress(next - 1);
    if (found.length > 0) patientUntilMs = performance.now() + PATIENCE_MS;
    else if (performance.now() < patientUntilMs) await delay(PAUSE_MS);
    else break;
  }
  if (count !== messages) {
    throw new ContentMissing(
      `Stream "${streamName}" gives ${count} messages up to sequence ${lastSequence}, not ${messages}`,
    );
  }
  const endsInsideMerge = last?.subject.endsWith(MERGED) === true;
  return { messages: count, sha256: hash.digest("hex"), endsInsideMerge };
}

async function batchFrom(
  jsm: JetStreamManager,
  streamName: string,
  sequence: number,
): Promise<StoredMsg[]> {
  try {
    return await readBatch(jsm, streamName, ">", sequence);
  } catch (error) {
    // A connection of an operator's command does not come back.
    if (!isPassing(error) || error instanceof ClosedConnectionError) throw error;
    return [];
  }
}

function update(hash: ReturnType<typeof createHash>, message: StoredMsg): void {
  const { seq, subject, timestamp, header, data } = message;
  const headers = [...header].filter(([name]) => !ADDED_HEADERS.test(name)).sort();
  // As JSON, for then no two messages are written the same way.
  hash.update(JSON.stringify([seq, subject, timestamp, headers, data.length])).update(data);
}
