/**
 * Commands for a service that runs elsewhere, next to round trips to its server. It stores events, which nobody can
 * delete, of persons of its own, which are archived at the end.
 *
 * @module
 */
import { errors, type NatsConnection } from "@nats-io/transport-node";
import { Unanswered } from "../../../src/cli/connect_once.ts";
import { updateName } from "../../support/command_client.ts";
import type { Rounds } from "../commands/measure_commands.ts";
import { spread, spreadOfRatios } from "../figures.ts";
import { ClosedLoop, type NextCommand } from "../load/closed_loop.ts";
import { type Round, roundOf } from "../load/latencies.ts";
import { ownPerson, sendOne } from "../load/shapes.ts";
import type { DeploymentRow, Latencies } from "../results.ts";

const FAMILY_NAME = "Throw-Away";
const TOGETHER = 50;

/** What is sent where. */
export type DeploymentOptions = Rounds & {
  prefix: string;
  inFlight: number[];
  /** Where replies are received. */
  inboxPrefix: string;
};

/** Persons that a load makes: so many that no two commands meet on one. */
export function personsFor({ inFlight }: DeploymentOptions): number {
  return Math.max(...inFlight);
}

/**
 * Measures rows.
 * @param onStep is told what is done next
 * @throws {Unanswered} when nobody takes commands there
 */
export async function loadDeployment(
  nc: NatsConnection,
  options: DeploymentOptions,
  onStep: (what: string) => void,
): Promise<DeploymentRow[]> {
  const { prefix, rounds, seconds, inFlight } = options;
  const run = `bench-${crypto.randomUUID().slice(0, 8)}`;
  const ids = Array.from({ length: personsFor(options) }, () => crypto.randomUUID());
  onStep(`making ${ids.length} persons named ${run} ${FAMILY_NAME}`);
  await inGroups(ids, (id) => sendOne(nc, prefix, id, makeCommand(id, run)), prefix);
  const loop = new ClosedLoop(nc, options.inboxPrefix);
  const rows: DeploymentRow[] = [];
  for (const each of inFlight) {
    onStep(`${each} in flight`);
    const next = renames(ids, prefix, run, each);
    const [service, roundTrip]: [Round[], Round[]] = [[], []];
    await loop.measure(each, seconds * 1_000, next);
    for (let round = 0; round < rounds; round++) {
      service.push(await loop.measure(each, seconds * 1_000, next));
      roundTrip.push(await measureRoundTrips(nc, each, seconds * 1_000));
    }
    rows.push({ inFlight: each, ...comparisonOf(service, roundTrip) });
  }
  onStep(`archiving the persons of ${run}`);
  const archive = (id: string) => ({
    ArchivePerson: { person_id: id, reason: "benchmark is over" },
  });
  await inGroups(ids, (id) => sendOne(nc, prefix, id, archive(id)), prefix);
  return rows;
}

function makeCommand(id: string, run: string): unknown {
  const components = { given_names: [run], family_names: [FAMILY_NAME] };
  const name = { components, naming_convention: "Western" };
  return { CreatePerson: { person_id: id, name, source: run } };
}

function renames(ids: string[], prefix: string, run: string, inFlight: number): NextCommand {
  const commands = ids.map((id) => ({
    subject: `${prefix}.commands.${id}`,
    payload: new TextEncoder().encode(JSON.stringify(updateName(id, run))),
  }));
  return (worker, count) => {
    const command = commands[ownPerson(ids.length, inFlight, worker, count)];
    if (command === undefined) throw new Error("More workers than persons");
    return command;
  };
}

/**
 * To the server and back, of PING and PONG: the least that any command can take, and allowed to every login.
 */
async function measureRoundTrips(
  nc: NatsConnection,
  inFlight: number,
  durationMs: number,
): Promise<Round> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  await Promise.all(Array.from({ length: inFlight }, async () => {
    for (let sentMs = startMs; sentMs < startMs + durationMs;) {
      await nc.flush();
      const nowMs = performance.now();
      latenciesMs.push(nowMs - sentMs);
      sentMs = nowMs;
    }
  }));
  return roundOf(latenciesMs, performance.now() - startMs);
}

function comparisonOf(
  service: Round[],
  roundTrip: Round[],
): Omit<DeploymentRow, "inFlight"> {
  const all = (spreadBy: (figure: (round: Round) => number) => Latencies["p50Ms"]): Latencies => ({
    perSecond: spreadBy(({ perSecond }) => perSecond),
    p50Ms: spreadBy(({ p50Ms }) => p50Ms),
    p99Ms: spreadBy(({ p99Ms }) => p99Ms),
    p999Ms: spreadBy(({ p999Ms }) => p999Ms),
  });
  return {
    service: all((figure) => spread(service.map(figure))),
    roundTrip: all((figure) => spread(roundTrip.map(figure))),
    toRoundTrip: all((figure) => spreadOfRatios(service.map(figure), roundTrip.map(figure))),
  };
}

async function inGroups(
  ids: string[],
  send: (id: string) => Promise<void>,
  prefix: string,
): Promise<void> {
  try {
    for (let from = 0; from < ids.length; from += TOGETHER) {
      await Promise.all(ids.slice(from, from + TOGETHER).map(send));
    }
  } catch (cause) {
    if (!(cause instanceof errors.RequestError && cause.isNoResponders())) throw cause;
    throw new Unanswered(`No person-service is listening on "${prefix}.commands.>"`, { cause });
  }
}
