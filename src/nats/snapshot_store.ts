import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { JetStreamApiError, type JetStreamClient, type StreamInfo } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import { z } from "zod";
import type { Snapshot, SnapshotStore } from "../application/ports.ts";
import { Person, SNAPSHOT_VERSION } from "../domain/person.ts";
import { Instant, PersonId } from "../domain/values.ts";
import { isPermissionViolation, StartupRefused } from "./startup_refused.ts";
import { snapshotBucketOf } from "./subjects.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** A third of the time of the default, most of which is clearing memory, for a quarter more bytes. */
const COMPRESSION = { level: 1, windowBits: 13, memLevel: 5 };

const STREAM_NOT_FOUND = 10059;
/** Somebody else wrote one meanwhile (10071), or is writing one (10164, with several replicas). */
const NOT_THE_LAST = new Set([10071, 10164]);

/** Persons of whom it is remembered which snapshot of theirs is the last. */
const MOST_REMEMBERED = 10_000;

/** Far above any snapshot: a state of 512 KiB and a hundred commands. */
const MAX_SNAPSHOT_BYTES = 4 * 1024 * 1024;

const StoredSnapshot = z.object({
  aggregate_id: PersonId,
  version: z.int(),
  stream_sequence: z.int(),
  stream_created: z.string(),
  event_hash: z.string(),
  state: Person,
  commands: z.array(z.object({
    id: z.string(),
    hash: z.string(),
    outcome: z.object({ version: z.int(), events_generated: z.int(), stream_sequence: z.int() }),
  })),
  timestamp: Instant,
});

/** Snapshots in a key-value bucket, one a person; see `openSnapshotStore`. */
export class KvSnapshotStore implements SnapshotStore {
  readonly #bucket: KV;
  readonly #streamCreated: () => string;
  /** Revisions that this process wrote: what they replaced need not be read again. */
  readonly #revisions = new Map<PersonId, number>();

  /** @param streamCreated when the events' stream was made: snapshots of another one are ignored */
  constructor(bucket: KV, streamCreated: () => string) {
    this.#bucket = bucket;
    this.#streamCreated = streamCreated;
  }

  /** See `SnapshotStore`. */
  async read(personId: PersonId): Promise<Snapshot | null> {
    const bytes = await this.#readBytes(personId);
    const stored = bytes === null ? null : await decode(bytes);
    if (versionOf(stored) !== SNAPSHOT_VERSION) return null;
    const { stream_created, aggregate_id, ...snapshot } = StoredSnapshot.parse(stored);
    if (aggregate_id !== personId || stream_created !== this.#streamCreated()) return null;
    return {
      personId,
      state: snapshot.state,
      commands: snapshot.commands.map(({ id, hash, outcome }) => ({
        id,
        hash,
        outcome: {
          version: outcome.version,
          eventsGenerated: outcome.events_generated,
          streamSequence: outcome.stream_sequence,
        },
      })),
      head: snapshot.stream_sequence,
      eventHash: snapshot.event_hash,
      timestamp: snapshot.timestamp,
    };
  }

  /** See `SnapshotStore`. */
  async write(snapshot: Snapshot): Promise<void> {
    const bytes = await this.#encode(snapshot);
    if (await this.#replaceOwn(snapshot.personId, bytes)) return;
    // During a rolling upgrade an instance of a newer version may have written one that only it can read.
    if (await this.#isOfNewerFormat(snapshot.personId)) return;
    this.#remember(snapshot.personId, await this.#bucket.put(snapshot.personId, bytes));
  }

  /** Whether the person's snapshot was one of this process, and is replaced. */
  async #replaceOwn(personId: PersonId, bytes: Uint8Array): Promise<boolean> {
    const revision = this.#revisions.get(personId);
    if (revision === undefined) return false;
    try {
      this.#remember(personId, await this.#bucket.update(personId, bytes, revision));
      return true;
    } catch (error) {
      if (error instanceof JetStreamApiError && NOT_THE_LAST.has(error.code)) return false;
      throw error;
    }
  }

  #remember(personId: PersonId, revision: number): void {
    if (this.#revisions.size >= MOST_REMEMBERED) this.#revisions.clear();
    this.#revisions.set(personId, revision);
  }

  #encode(snapshot: Snapshot): Promise<Uint8Array> {
    const { state, head, eventHash, commands, timestamp } = snapshot;
    const json = JSON.stringify({
      snapshot_version: SNAPSHOT_VERSION,
      aggregate_id: snapshot.personId,
      version: state.version,
      stream_sequence: head,
      stream_created: this.#streamCreated(),
      event_hash: eventHash,
      state,
      commands: commands.map(({ id, hash, outcome }) => ({
        id,
        hash,
        outcome: {
          version: outcome.version,
          events_generated: outcome.eventsGenerated,
          stream_sequence: outcome.streamSequence,
        },
      })),
      timestamp,
    });
    return compress(json, COMPRESSION);
  }

  async #isOfNewerFormat(personId: PersonId): Promise<boolean> {
    const bytes = await this.#readBytes(personId);
    try {
      return bytes !== null && versionOf(await decode(bytes)) > SNAPSHOT_VERSION;
    } catch {
      return false; // What can't be read at all is replaced.
    }
  }

  async #readBytes(personId: PersonId): Promise<Uint8Array | null> {
    const entry = await this.#bucket.get(personId);
    return entry === null || entry.operation !== "PUT" ? null : entry.value;
  }
}

async function decode(bytes: Uint8Array): Promise<unknown> {
  const json = await decompress(bytes, { maxOutputLength: MAX_SNAPSHOT_BYTES });
  return JSON.parse(json.toString());
}

/**
 * Opens the bucket of the stream's snapshots, and makes it where there is none.
 * Throws `StartupRefused` where this login may not.
 */
export async function openSnapshotBucket(
  js: JetStreamClient,
  streamName: string,
  replicas: number,
): Promise<KV> {
  const name = snapshotBucketOf(streamName);
  const manager = new Kvm(js);
  if (await bucketInfo(js, name) !== null) return await manager.open(name, { allow_direct: true });
  try {
    return await manager.create(name, { history: 1, replicas, allow_direct: true });
  } catch (error) {
    if (!isPermissionViolation(error)) throw error;
    throw new StartupRefused(
      `This login may not make the bucket "${name}". Run once, with an operator's login: person-service setup`,
      { cause: error },
    );
  }
}

/** The stream behind a bucket; null where there is none. */
export async function bucketInfo(js: JetStreamClient, name: string): Promise<StreamInfo | null> {
  const jsm = await js.jetstreamManager(false);
  try {
    return await jsm.streams.info(`KV_${name}`);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return null;
    throw error;
  }
}

function versionOf(stored: unknown): number {
  const hasVersion = typeof stored === "object" && stored !== null && "snapshot_version" in stored;
  return hasVersion && typeof stored.snapshot_version === "number" ? stored.snapshot_version : 0;
}
