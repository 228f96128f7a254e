/**
 * What is sent: renames of persons in the cache, new persons, renames of one person, or Zipf over many persons.
 *
 * @module
 */
import type { NatsConnection } from "@nats-io/transport-node";
import { createPerson, updateName } from "../../support/command_client.ts";
import type { Command } from "./caller.ts";
import type { NextCommand } from "./closed_loop.ts";
import { zipf } from "./zipf.ts";

/** Names of the shapes. */
export const SHAPES = ["cached", "create", "hot", "zipf"] as const;
/** What is sent. */
export type Shape = typeof SHAPES[number];

/** Persons that a shape renames; none: it makes them. */
export const PERSONS_OF: Record<Shape, number> = { cached: 1_000, create: 0, hot: 1, zipf: 10_000 };

/** Persons made at once. */
const TOGETHER = 200;
const TIMEOUT_MS = 30_000;

/** Commands for every shape; all that costs time is made beforehand. */
export class Load {
  readonly #nc: NatsConnection;
  readonly #renames: Record<Shape, Rename[]> = { cached: [], create: [], hot: [], zipf: [] };
  readonly #drawZipf = zipf(PERSONS_OF.zipf);

  /** No persons are made yet. */
  constructor(nc: NatsConnection) {
    this.#nc = nc;
  }

  /** Makes the service's persons of a shape, where they are missing. */
  async prepare(shape: Shape): Promise<void> {
    const renames = this.#renames[shape];
    while (renames.length < PERSONS_OF[shape]) {
      const count = Math.min(TOGETHER, PERSONS_OF[shape] - renames.length);
      const ids = Array.from({ length: count }, () => crypto.randomUUID());
      await Promise.all(ids.map((id) => sendOne(this.#nc, "person", id)));
      renames.push(...ids.map(renameOf));
    }
  }

  /** The commands of a shape for `<prefix>.commands.>`. */
  on(prefix: string, shape: Shape, inFlight: number): NextCommand {
    if (shape === "create") return () => newPerson(prefix);
    const renames = this.#renames[shape];
    const subjects = renames.map(({ id }) => `${prefix}.commands.${id}`);
    const at = (index: number): Command => ({
      subject: subjects[index] ?? "",
      payload: renames[index]?.payload ?? "",
    });
    if (shape === "zipf") return () => at(this.#drawZipf());
    if (shape === "hot") return () => at(0);
    return (worker, count) => at(ownPerson(renames.length, inFlight, worker, count));
  }
}

/** Each worker renames persons of its own, in turn, so that no two commands meet on one. */
export function ownPerson(persons: number, workers: number, worker: number, count: number): number {
  if (worker >= persons) return worker % persons;
  const own = Math.ceil((persons - worker) / workers);
  return worker + count % own * workers;
}

/** Sends one command, by default to make a person. Rejects when the service does not accept it. */
export async function sendOne(
  nc: NatsConnection,
  prefix: string,
  id: string,
  command: unknown = createPerson(id),
): Promise<void> {
  const payload = JSON.stringify(command);
  const reply = await nc.request(`${prefix}.commands.${id}`, payload, { timeout: TIMEOUT_MS });
  if (reply.headers !== undefined) throw new Error(`Not accepted: ${reply.string()}`);
}

type Rename = { id: string; payload: Uint8Array };

function renameOf(id: string): Rename {
  return { id, payload: new TextEncoder().encode(JSON.stringify(updateName(id, "Augusta"))) };
}

const SAMPLE_ID = crypto.randomUUID();
const [BEFORE_ID = "", AFTER_ID = ""] = JSON.stringify(createPerson(SAMPLE_ID)).split(SAMPLE_ID);

function newPerson(prefix: string): Command {
  const id = crypto.randomUUID();
  return { subject: `${prefix}.commands.${id}`, payload: BEFORE_ID + id + AFTER_ID };
}
