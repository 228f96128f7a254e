/**
 * Time to load one person, a snapshot and 10 events behind it, in a small and in a large stream, as a ratio: loading
 * must not depend on how many events the others have.
 *
 * Usage: load_person.ts [--small N] [--large N]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { parseArgs } from "node:util";
import { connect } from "@nats-io/transport-node";
import { handleCommand } from "../../src/application/handle_command.ts";
import { loadPerson, type Stores } from "../../src/application/load_person.ts";
import { PersonCache } from "../../src/application/person_cache.ts";
import { SnapshotWriter } from "../../src/application/snapshot_writer.ts";
import { decodeCommand } from "../../src/nats/command_codec.ts";
import { openEventStorage } from "../../src/nats/event_storage.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { defaultStreamSettings, systemClock } from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { median } from "./measure.ts";

/** Of the person that is loaded: a snapshot at 100, and a tail of 10. */
const EVENTS = 110;
const SNAPSHOT_AT = 100;
const LOADS = 200;

const { values } = parseArgs({
  options: {
    small: { type: "string", default: "1000" },
    large: { type: "string", default: "200000" },
  },
});
const personId = crypto.randomUUID();
await using server = await TestNatsServer.start();
const nc = await connect({ servers: server.url.replace("nats://", "") });
const small = await openStream("small", Number(values.small));
const large = await openStream("large", Number(values.large));

const timesMs = { small: [] as number[], large: [] as number[] };
for (let load = 0; load < LOADS; load++) {
  timesMs.small.push(await timeLoad(small));
  timesMs.large.push(await timeLoad(large));
}
const smallMs = median(timesMs.small);
const largeMs = median(timesMs.large);
console.log(`Loading one person with 10 tail events behind a snapshot, median of ${LOADS}:`);
console.log(`  in a stream of ${values.small.padStart(7)} events: ${smallMs.toFixed(2)} ms`);
console.log(`  in a stream of ${values.large.padStart(7)} events: ${largeMs.toFixed(2)} ms`);
console.log(`  ratio ${(largeMs / smallMs).toFixed(2)}`);
await nc.close();

/** A stream where the person's events lie evenly among those of others. */
async function openStream(prefix: string, events: number): Promise<Stores> {
  const settings = { ...defaultStreamSettings, streamName: prefix, subjectPrefix: prefix };
  const stores = await openEventStorage(nc, settings, systemClock, {
    onRemade: console.error,
    onRefused: console.error,
  });
  const snapshots = new SnapshotWriter(stores.snapshots, systemClock, SNAPSHOT_AT);
  const dependencies = {
    stores,
    cache: new PersonCache(1e6),
    clock: systemClock,
    maxConflictRetries: 0,
    onStored: snapshots.offer.bind(snapshots),
  };
  for (let version = 1; version <= EVENTS; version++) {
    await publishOthers(prefix, Math.floor(events / EVENTS) - 1);
    const command = version === 1 ? createPerson(personId) : updateName(personId, `Ada ${version}`);
    const data = new TextEncoder().encode(JSON.stringify(command));
    const received = decodeCommand({ data });
    const result = await handleCommand(received, performance.now() + 10_000, dependencies);
    if ("refused" in result) throw new Error(result.refused.message);
  }
  await snapshots.flush();
  return stores;
}

async function publishOthers(prefix: string, count: number): Promise<void> {
  const body = "x".repeat(600);
  for (let event = 0; event < count; event++) {
    nc.publish(`${prefix}.events.${crypto.randomUUID()}.created`, body);
  }
  await nc.flush();
}

async function timeLoad(stores: Stores): Promise<number> {
  const startMs = performance.now();
  const person = await loadPerson(personId, undefined, stores, startMs + 10_000);
  const elapsedMs = performance.now() - startMs;
  if (person.version !== EVENTS) throw new Error(`Loaded version ${person.version}`);
  return elapsedMs;
}
