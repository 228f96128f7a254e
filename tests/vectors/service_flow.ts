import { connect } from "@nats-io/transport-node";
import { assertEquals } from "@std/assert";
import { z } from "zod";
import { type CommandDependencies, handleCommand } from "../../src/application/handle_command.ts";
import type { Stores } from "../../src/application/load_person.ts";
import { PastCommands } from "../../src/application/past_commands.ts";
import { PersonCache } from "../../src/application/person_cache.ts";
import type { Clock, StoredEvent } from "../../src/application/ports.ts";
import { SnapshotWriter } from "../../src/application/snapshot_writer.ts";
import { Instant, type PersonId } from "../../src/domain/values.ts";
import { BadCommand } from "../../src/nats/bad_command.ts";
import { decodeCommand } from "../../src/nats/command_codec.ts";
import { openEventStorage } from "../../src/nats/event_storage.ts";
import { replyToResult } from "../../src/nats/replies.ts";
import { defaultStreamSettings } from "../support/event_store_fixture.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { MemorySnapshotStore } from "../support/memory_snapshot_store.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { DEFAULT_NOW, type Vector } from "./vector.ts";
import { personIdsOf } from "../../src/application/received_command.ts";

const Input = z.strictObject({
  commands: z.array(z.unknown()),
  snapshot_frequency: z.int().positive().default(100),
  now: Instant.default(DEFAULT_NOW),
});
type Input = z.output<typeof Input>;

const Fields = z.record(z.string(), z.unknown());
const Expected = z.strictObject({ responses: z.array(Fields), stream: z.array(Fields) });

/** All that a vector may say of an answer or of an event; it need not say everything. */
type Told = Record<string, unknown>;

/** One server for all vectors of a run; each of them has a stream of its own. */
let server: Promise<TestNatsServer> | undefined;
let streams = 0;

Deno.test.afterAll(async () => {
  await (await server)?.[Symbol.asyncDispose]();
});

/** Handles the commands in turn on each of the stores. */
export async function runServiceFlow(vector: Vector): Promise<void> {
  await runOn({ events: new MemoryEventStore(), snapshots: new MemorySnapshotStore() }, vector);
  const { url } = await (server ??= TestNatsServer.start());
  const nc = await connect({ servers: url.replace("nats://", "") });
  const [subjectPrefix, streamName] = [`flow.${++streams}`, `FLOW_${streams}`];
  const settings = { ...defaultStreamSettings, subjectPrefix, streamName };
  const refuse = (reason: unknown) => {
    throw new Error("The stream was not left alone", { cause: reason });
  };
  const incidents = { onRemade: refuse, onRefused: refuse };
  await runOn(await openEventStorage(nc, settings, clockAt(DEFAULT_NOW), incidents), vector);
  await nc.close();
}

async function runOn(stores: Stores, vector: Vector): Promise<void> {
  const input = Input.parse(vector.input);
  const expected = Expected.parse(vector.expected);
  const clock = clockAt(input.now);
  const snapshots = new SnapshotWriter(stores.snapshots, clock, input.snapshot_frequency);
  const dependencies: CommandDependencies = {
    stores,
    // Without room in the cache every command loads its person, from the snapshot where there is one.
    cache: new PersonCache(0),
    past: new PastCommands(),
    clock,
    maxConflictRetries: 10,
    onStored: (person) => snapshots.offer(person),
    onLoaded: (person, eventsRead) => snapshots.offerLoaded(person, eventsRead),
  };
  const personIds = new Set<PersonId>();
  const stored: StoredEvent[] = [];
  const responses: Told[] = [];
  for (const command of input.commands) {
    const response = await respond(command, dependencies, personIds);
    await snapshots.flush();
    const events = (await eventsOf(personIds, stores)).slice(stored.length);
    stored.push(...events);
    const names = events.map(({ envelope }) => envelope.event.type);
    responses.push("error" in response ? response : { ...response, events: names });
  }
  assertEquals(asFarAsTold(responses, expected.responses), expected.responses);
  assertEquals(asFarAsTold(stored.map(describe), expected.stream), expected.stream);
  await assertSnapshots(personIds, stores, input);
}

/** What is there of the fields that are expected. */
function asFarAsTold(actual: Told[], expected: Told[]): Told[] {
  return actual.map((told, index) => {
    const fields = Object.keys(expected[index] ?? told);
    return Object.fromEntries(fields.map((field) => [field, told[field]]));
  });
}

function describe({ envelope, streamSequence }: StoredEvent): Told {
  const { aggregate_id, sequence, event } = envelope;
  return { aggregate_id, sequence, stream_sequence: streamSequence, event: event.type };
}

async function respond(
  command: unknown,
  dependencies: CommandDependencies,
  personIds: Set<PersonId>,
): Promise<Told> {
  try {
    const received = await decodeCommand({
      data: new TextEncoder().encode(JSON.stringify(command)),
    });
    for (const id of personIdsOf(received.command)) personIds.add(id);
    const deadline = performance.now() + 10_000;
    const result = await handleCommand(received, deadline, dependencies);
    if ("refused" in result) return { error: { code: result.refused.code } };
    return replyToResult(personIdsOf(received.command)[0], result);
  } catch (error) {
    if (error instanceof BadCommand) return { error: { code: error.code } };
    throw error;
  }
}

/** All events of these persons, in the order of the stream. */
async function eventsOf(personIds: Set<PersonId>, { events }: Stores): Promise<StoredEvent[]> {
  const deadline = performance.now() + 10_000;
  const histories = await Promise.all([...personIds].map(async (id) => {
    const last = await events.readLast(id, deadline);
    return last === null ? [] : await events.readTail(last, null, deadline) ?? [];
  }));
  return histories.flat().sort((one, other) => one.streamSequence - other.streamSequence);
}

/** Each person has a snapshot of the last version at which one was due. */
async function assertSnapshots(
  personIds: Set<PersonId>,
  { events, snapshots }: Stores,
  { snapshot_frequency }: Input,
): Promise<void> {
  for (const id of personIds) {
    const last = await events.readLast(id, performance.now() + 10_000);
    const version = last?.envelope.sequence ?? 0;
    const due = version - version % snapshot_frequency;
    assertEquals((await snapshots.read(id))?.state.version ?? 0, due);
  }
}

function clockAt(now: Instant): Clock {
  return { now: () => now, monotonicMs: () => performance.now() };
}
