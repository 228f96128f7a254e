/**
 * How long it takes to load a person that is not in the cache, and whether that depends on how much others have stored.
 *
 * @module
 */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { loadPerson, type Stores } from "../../../src/application/load_person.ts";
import { toSnapshot } from "../../../src/application/loaded_person.ts";
import { openEventStorage } from "../../../src/nats/event_storage.ts";
import { defaultStreamSettings, systemClock } from "../../support/event_store_fixture.ts";
import { TestNatsServer } from "../../support/nats_server.ts";
import { connectTo } from "../commands/contest.ts";
import { median, spread, spreadOfRatios } from "../figures.ts";
import type { LoadRow } from "../results.ts";
import { fill } from "./fill.ts";
import { WrittenPerson } from "./history.ts";

/** Loads of one case in one round, at most; slow ones are done less often, down to once. */
const LOADS = 30;
const SHORT_TAIL = 10;
const DEADLINE_MS = 60_000;

/** What is loaded. */
export type LoadCase = {
  /** Of the person. */
  events: number;
  /** Events behind the snapshot; null: there is none. */
  tail: number | null;
};

/** How much, how often, how long. */
export type LoadOptions = {
  /** Events of others in each of the streams, the least first. */
  others: number[];
  histories: number[];
  rounds: number;
  /** In which each stream is read in a round, at most. */
  seconds: number;
};

/**
 * Without a snapshot, for those have to be measured before one is written; ten events behind it, or none where there
 * are no more than ten; as many as can be.
 */
export function casesOf(histories: number[], snapshotFrequency = 100): LoadCase[] {
  const longest = Math.max(...histories);
  const atMost = snapshotFrequency - 1;
  return [
    ...histories.map((events) => ({ events, tail: null })),
    ...histories.map((events) => ({ events, tail: events > SHORT_TAIL ? SHORT_TAIL : 0 })),
    ...(longest > atMost ? [{ events: longest, tail: atMost }] : []),
  ];
}

/**
 * Measures all cases in all streams.
 * @param onStep is told what is done next
 */
export async function measureLoads(
  options: LoadOptions,
  onStep: (what: string) => void,
): Promise<LoadRow[]> {
  await using server = await TestNatsServer.start();
  const nc = await connectTo(server.url);
  const jsm = await jetstreamManager(nc);
  const streams: Stream[] = [];
  for (const others of options.others) {
    onStep(`storing ${others} events of others`);
    streams.push(await makeStream(nc, others, options.histories));
  }
  const rows: LoadRow[] = [];
  for (const each of casesOf(options.histories)) {
    onStep(
      `${each.events} events, ${each.tail === null ? "no snapshot" : `${each.tail} behind it`}`,
    );
    rows.push(...await measureCase(jsm, streams, each, options));
  }
  await nc.close();
  return rows;
}

type Stream = { name: string; others: number; stores: Stores; persons: WrittenPerson[] };

async function makeStream(
  nc: NatsConnection,
  others: number,
  histories: number[],
): Promise<Stream> {
  const name = `among_${others}`;
  const settings = { ...defaultStreamSettings, streamName: name, subjectPrefix: name };
  const stores = await openEventStorage(nc, settings, systemClock, {
    onRemade: (reason) => {
      throw new Error(reason);
    },
    onRefused: (refusal) => {
      throw refusal;
    },
  });
  const longestTail = Math.max(...casesOf(histories).map(({ tail }) => tail ?? 0));
  const persons = histories.map((events) => new WrittenPerson(name, events, longestTail + 1));
  await fill(nc, name, persons, others);
  return { name, others, stores, persons };
}

async function measureCase(
  jsm: JetStreamManager,
  streams: Stream[],
  { events, tail }: LoadCase,
  { rounds, seconds }: LoadOptions,
): Promise<LoadRow[]> {
  const measured = streams.map((): Timed[] => []);
  for (const stream of streams) {
    if (tail !== null) await writeSnapshot(stream.stores, personOf(stream, events), tail);
    await timeLoads(jsm, stream, events, 0);
  }
  for (let round = 0; round < rounds; round++) {
    for (const [index, stream] of streams.entries()) {
      measured[index]?.push(await timeLoads(jsm, stream, events, seconds * 1_000));
    }
  }
  const [smallest = []] = measured;
  return streams.map(({ others }, index) => {
    const loadMs = (measured[index] ?? []).map((round) => round.loadMs);
    const readMs = (measured[index] ?? []).map((round) => round.readMs);
    return {
      events,
      tail,
      others,
      loadMs: spread(loadMs),
      readMs: spread(readMs),
      toRead: spreadOfRatios(loadMs, readMs),
      toSmallest: spreadOfRatios(loadMs, smallest.map((round) => round.loadMs)),
    };
  });
}

/** Medians of a round. */
type Timed = { loadMs: number; readMs: number };

async function timeLoads(
  jsm: JetStreamManager,
  stream: Stream,
  events: number,
  atMostMs: number,
): Promise<Timed> {
  const { personId } = personOf(stream, events);
  const subject = `${stream.name}.events.${personId}.>`;
  const [loads, reads]: [number[], number[]] = [[], []];
  const endMs = performance.now() + atMostMs;
  while (loads.length === 0 || loads.length < LOADS && performance.now() < endMs) {
    const startMs = performance.now();
    const person = await loadPerson(personId, undefined, stream.stores, startMs + DEADLINE_MS);
    const loadedMs = performance.now();
    await jsm.streams.getMessage(stream.name, { last_by_subj: subject });
    loads.push(loadedMs - startMs);
    reads.push(performance.now() - loadedMs);
    if (person.version !== events) throw new Error(`Loaded version ${person.version}`);
  }
  return { loadMs: median(loads), readMs: median(reads) };
}

function personOf({ persons }: Stream, events: number): WrittenPerson {
  const found = persons.find((person) => person.events === events);
  if (found === undefined) throw new Error(`No person has ${events} events`);
  return found;
}

async function writeSnapshot(
  { snapshots }: Stores,
  { states }: WrittenPerson,
  tail: number,
): Promise<void> {
  const person = states.at(-1 - tail);
  const snapshot = person && toSnapshot(person, systemClock.now());
  if (!snapshot) throw new Error(`The state ${tail} events ago is not known`);
  await snapshots.write(snapshot);
}
