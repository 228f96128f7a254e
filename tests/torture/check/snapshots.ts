/**
 * Snapshots, against a replay at their version.
 *
 * @module
 */
import { z } from "zod";
import type { SnapshotEntry } from "../history.ts";
import { canonicalJson } from "./canonical_json.ts";
import type { PersonHistory, Version } from "./person_history.ts";
import type { Violation } from "./violation.ts";

const Snapshot = z.object({
  snapshot_version: z.literal(1),
  aggregate_id: z.string(),
  version: z.int(),
  stream_sequence: z.int(),
  stream_created: z.string(),
  event_hash: z.string(),
  state: z.record(z.string(), z.unknown()),
  commands: z.array(z.object({ id: z.string(), hash: z.string(), outcome: z.unknown() })),
});

/** What differs between a snapshot and what the person's events come to at its version. */
export function checkSnapshot(
  { key, value }: SnapshotEntry,
  persons: Map<string, PersonHistory>,
  streamCreated: string,
): Violation[] {
  const violation = (what: string): Violation[] => [{ kind: "wrong snapshot", subject: key, what }];
  const { data: snapshot } = Snapshot.safeParse(value);
  if (snapshot === undefined) return violation("it can't be read");
  const person = persons.get(key);
  if (person?.isBroken) return [];
  const at = person?.at(snapshot.version);
  if (person === undefined || at === undefined) {
    return violation(`there is no version ${snapshot.version}`);
  }
  const expected = {
    aggregate_id: key,
    stream_sequence: at.seq,
    stream_created: streamCreated,
    event_hash: at.eventHash,
    state: at.state,
    commands: person.rememberedAt(snapshot.version).map(toAccepted),
  };
  const found: Record<string, unknown> = snapshot;
  const wrong = Object.entries(expected).filter(([name, member]) =>
    canonicalJson(found[name]) !== canonicalJson(member)
  );
  return wrong.flatMap(([name, member]) =>
    violation(
      `at version ${snapshot.version}, ${name} is ${canonicalJson(found[name])}, not ${
        canonicalJson(member)
      }`,
    )
  );
}

function toAccepted({ envelope, seq, commandHash }: Version): unknown {
  const { type } = envelope.event;
  return {
    id: envelope.causation_id,
    hash: commandHash,
    outcome: {
      version: envelope.sequence,
      events_generated: type === "PersonMergedInto" || type === "PersonAbsorbed" ? 2 : 1,
      stream_sequence: type === "PersonMergedInto" ? seq + 1 : seq,
    },
  };
}
