import { assertEquals } from "@std/assert";
import { z } from "zod";
import { AttributeType, PersonAttribute, Provenance } from "../../src/domain/attribute.ts";
import { AttributeValue } from "../../src/domain/attribute_value.ts";
import { writeCommand } from "../../src/domain/commands.ts";
import { EventEnvelope, PersonEvent, writeEnvelope } from "../../src/domain/events.ts";
import { PersonName } from "../../src/domain/name.ts";
import { Lifecycle, Person } from "../../src/domain/person.ts";
import { TemporalValidity } from "../../src/domain/temporal_validity.ts";
import { PersonTitle } from "../../src/domain/title.ts";
import { CalendarDate, Instant, MergeReason, PersonId } from "../../src/domain/values.ts";
import { comparable, readCommand, type Vector } from "./vector.ts";

/** What reading and writing back gives, or undefined where the JSON is refused. */
type Rewrite = (json: unknown) => { written: unknown } | undefined;

const Reply = z.strictObject({
  aggregate_id: PersonId,
  version: z.int().nonnegative(),
  events_generated: z.int().nonnegative(),
  stream_sequence: z.int().positive().optional(),
});

const REWRITES = new Map<unknown, Rewrite>([
  ["attribute", rewriteWith(PersonAttribute.command)],
  ["attribute_type", rewriteWith(AttributeType.command)],
  ["attribute_value", rewriteWith(AttributeValue.command)],
  ["command", rewriteCommand],
  ["date", rewriteWith(CalendarDate)],
  ["envelope", rewriteWith(EventEnvelope, writeEnvelope)],
  ["event", rewriteWith(PersonEvent, (event) => ({ [event.type]: event.data }))],
  ["instant", rewriteWith(Instant)],
  ["lifecycle", rewriteWith(Lifecycle)],
  ["merge_reason", rewriteWith(MergeReason)],
  ["name", rewriteWith(PersonName.command)],
  ["person", rewriteWith(Person)],
  ["personid", rewriteWith(PersonId)],
  ["provenance", rewriteWith(Provenance.command)],
  ["response", rewriteWith(Reply)],
  ["temporal", rewriteWith(TemporalValidity.command)],
  ["title", rewriteWith(PersonTitle.command)],
]);

/** Fields that the original does not have, so that a vector without them says nothing about them. */
const NEW_FIELDS = ["schema_version", "stream_sequence"];

/** Reads JSON and writes it back. */
export function runWire({ input: { type, json }, expected }: Vector): void {
  const rewrite = REWRITES.get(type);
  if (rewrite === undefined) throw new Error(`Unknown type "${type}"`);
  const rewritten = rewrite(json);
  const { accept, canonical } = expected;
  if (rewritten === undefined || accept === false) {
    return assertEquals(rewritten === undefined ? false : rewritten, accept);
  }
  assertEquals(comparable(withoutNewFields(rewritten.written, json)), comparable(canonical));
  // What was written reads back as itself.
  assertEquals(rewrite(rewritten.written), rewritten);
}

function rewriteCommand(json: unknown): ReturnType<Rewrite> {
  const read = readCommand(json);
  return "command" in read ? { written: writeCommand(read.command) } : undefined;
}

function rewriteWith<T>(
  schema: z.ZodType<T>,
  write: (value: T) => unknown = (value) => value,
): Rewrite {
  return (json) => {
    const parsed = schema.safeParse(json);
    return parsed.success ? { written: write(parsed.data) } : undefined;
  };
}

function withoutNewFields(written: unknown, json: unknown): unknown {
  if (typeof written !== "object" || written === null) return written;
  if (typeof json !== "object" || json === null) return written;
  const isCompared = (field: string) => !NEW_FIELDS.includes(field) || field in json;
  return Object.fromEntries(Object.entries(written).filter(([field]) => isCompared(field)));
}
