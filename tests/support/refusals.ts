/**
 * Commands that are refused, by tables of them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { AnyReply } from "./command_client.ts";
import { readReply } from "./replies.ts";
import type { TestSystem } from "./test_system.ts";

/** Stands for the id of another person in each row. */
export const ID = "00000000-0000-0000-0000-000000000000";

/** Code, the paths that `details` lists, and the version where the person is known. */
export type Refused = { code: string; paths?: string[]; version?: number };

/** What it is, what is accepted before it, the payload, and how that is refused. */
export type Row = [what: string, given: unknown[], payload: unknown, refused: Refused];

/** Fails unless each row's payload is refused just so, and nothing is stored but what was accepted before. */
export async function assertRefused(system: TestSystem, rows: Row[]): Promise<void> {
  const { client } = system;
  const stored: string[] = [];
  for (const [what, given, payload, { code, paths, version }] of rows) {
    const personId = crypto.randomUUID();
    for (const command of given) {
      const { error } = await client.send(ofPerson(personId, command));
      assertEquals(error, undefined, `given ${what}`);
      stored.push(personId);
    }
    const reply = readReply(await client.request(ofPerson(personId, payload)));
    assertEquals(summaryOf(reply), {
      code,
      paths,
      personId: version && personId,
      version,
    }, what);
  }
  const events = await system.events();
  assertEquals(events.map(({ envelope }) => envelope.aggregate_id), stored);
}

/** The payload with the person's id in place of {@linkcode ID}. */
export function ofPerson(personId: string, payload: unknown): unknown {
  if (payload instanceof Uint8Array) return payload;
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return text.replaceAll(ID, personId);
}

function summaryOf({ error, aggregate_id: personId, version }: AnyReply) {
  const paths = Array.isArray(error?.details) ? error.details.map(({ path }) => path) : undefined;
  return { code: error?.code, paths, personId, version };
}
