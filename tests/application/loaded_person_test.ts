import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { handleCommand } from "../../src/application/handle_command.ts";
import {
  fold,
  fromSnapshot,
  type LoadedPerson,
  outcomeOf,
  positionOf,
  stateBytesOf,
  toSnapshot,
  unknownPerson,
} from "../../src/application/loaded_person.ts";
import type { AcceptedCommand, StoredEvent } from "../../src/application/ports.ts";
import { PersonEvent } from "../../src/domain/events.ts";
import { encodeEvent } from "../../src/nats/event_codec.ts";
import { plainName } from "../support/command_client.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import { assertThat } from "../support/assert_that.ts";
import { NOW, received, sendableCommand, TestApplication } from "../support/test_application.ts";
import { UnreadableHistory } from "../../src/application/failures.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";
const CREATED = {
  PersonCreated: { person_id: ID, name: plainName("Ada"), source: "test", created_at: NOW },
};

Deno.test("fold: given a history, when folded, then state, head and commands are those of its end", () => {
  const created = storedEvent(1, CREATED);
  const person = [created, renamed(2)].reduce(fold, unknownPerson(ID));
  assertEquals([person.state?.core_identity.legal_name.components.given_names, person.state?.id], [
    ["Name 2"],
    ID,
  ]);
  assertEquals(positionOf(person), { version: 2, head: 20, eventHash: "event-2" });
  assertEquals([...person.commands], [
    {
      id: "c-1",
      hash: "hash-1",
      outcome: { version: 1, eventsGenerated: 1, streamSequence: 10 },
    },
    {
      id: "c-2",
      hash: "hash-2",
      outcome: { version: 2, eventsGenerated: 1, streamSequence: 20 },
    },
  ]);
  assertEquals(positionOf(unknownPerson(ID)), null);
});

Deno.test("fold: given an event that does not follow, when folded, then the history is unreadable there", () => {
  const person = fold(unknownPerson(ID), storedEvent(1, CREATED));
  const others = [
    [unknownPerson(ID), renamed(1), 10],
    [unknownPerson(ID), renamed(2), 20],
    [person, renamed(3), 30],
    [person, storedEvent(1, CREATED), 10],
    [unknownPerson(OTHER_ID), storedEvent(1, CREATED), 10],
  ] as const;
  for (const [before, stored, at] of others) {
    const error = assertThrows(() => fold(before, stored), UnreadableHistory);
    assertEquals([error.personId, error.streamSequence], [before.personId, at]);
  }
});

Deno.test("fold: given more than 100 commands, when folded, then the last 100 are remembered", () => {
  const events = Array.from({ length: 249 }, (_, n) => renamed(n + 2));
  const { commands } = [storedEvent(1, CREATED), ...events].reduce(fold, unknownPerson(ID));
  assertEquals(idsOf(commands), Array.from({ length: 100 }, (_, n) => `c-${n + 151}`));
});

Deno.test("fold: given an event without Command-Hash, when folded, then its command is not remembered", () => {
  const foreign = { ...renamed(2), commandHash: null };
  const { commands, version } = [storedEvent(1, CREATED), foreign, renamed(3)]
    .reduce(fold, unknownPerson(ID));
  assertEquals([version, idsOf(commands)], [3, ["c-1", "c-3"]]);
});

Deno.test("outcomeOf: given an event of a merge, when asked, then the outcome is that of both events", () => {
  const reason = { merge_reason: "DuplicateIdentity" };
  const into = { source_person_id: ID, merged_into_id: OTHER_ID, ...reason, merged_at: NOW };
  const absorbed = {
    target_person_id: ID,
    absorbed_person_id: OTHER_ID,
    ...reason,
    absorbed_at: NOW,
  };
  const outcome = { version: 5, eventsGenerated: 2 };
  assertEquals(outcomeOf(storedEvent(5, { PersonMergedInto: into })), {
    ...outcome,
    streamSequence: 51,
  });
  assertEquals(outcomeOf(storedEvent(5, { PersonAbsorbed: absorbed })), {
    ...outcome,
    streamSequence: 50,
  });
});

Deno.test("fold: given any commands, when folded, then the state has at most the bytes that are told", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sendableCommand, { minLength: 1, maxLength: 60 }),
      async (commands) => {
        const service = new TestApplication(new MemoryEventStore());
        for (const command of commands) {
          await handleCommand(await received(command), Infinity, service.dependencies);
        }
        for (const person of service.stored) assertBound(person);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("fold: given a small state of many events, when folded, then it is not taken for a large one", () => {
  let person = fold(unknownPerson(ID), storedEvent(1, CREATED));
  for (let version = 2; version <= 10_000; version++) {
    person = fold(person, renamed(version));
    assertBound(person);
    assertEquals(bytesAtMost(person) < 5_000, true, `version ${version}`);
  }
});

Deno.test("stateBytesOf: given a state, when the limit is near, then it is measured", () => {
  const person = [storedEvent(1, CREATED), renamed(2), renamed(3)].reduce(fold, unknownPerson(ID));
  const exact = JSON.stringify(person.state).length;
  const atMost = bytesAtMost(person);
  assertNotEquals(atMost, exact);
  assertEquals(stateBytesOf(person, 100, atMost + 100), atMost);
  assertEquals(stateBytesOf(person, 100, atMost + 99), exact);
});

Deno.test("fromSnapshot: given a snapshot, when taken up, then it is the person that was written", () => {
  const person = [storedEvent(1, CREATED), renamed(2)].reduce(fold, unknownPerson(ID));
  const snapshot = toSnapshot(person, NOW);
  assertThat(snapshot);
  const stateBytes = { counted: JSON.stringify(person.state).length, addedAtMost: 0 };
  const last = { eventHash: "event-2" };
  assertEquals(fromSnapshot(snapshot), { ...person, last, stateBytes });
});

function assertBound(person: LoadedPerson): void {
  const bytes = new TextEncoder().encode(JSON.stringify(person.state)).length;
  const atMost = bytesAtMost(person);
  assertEquals(atMost >= bytes, true, `${atMost} < ${bytes}`);
}

function bytesAtMost({ stateBytes: { counted, addedAtMost } }: LoadedPerson): number {
  return counted + addedAtMost;
}

function renamed(version: number): StoredEvent {
  const name = plainName(`Name ${version}`);
  return storedEvent(version, { PersonUpdated: { person_id: ID, name, updated_at: NOW } });
}

function storedEvent(version: number, event: unknown): StoredEvent {
  const envelope = {
    aggregate_id: ID,
    sequence: version,
    event: PersonEvent.parse(event),
    timestamp: NOW,
    correlation_id: "k",
    causation_id: `c-${version}`,
    schema_version: 1,
  };
  return {
    envelope,
    streamSequence: version * 10,
    previousSequence: (version - 1) * 10,
    commandHash: `hash-${version}`,
    eventHash: `event-${version}`,
    bytes: encodeEvent(envelope).length,
  };
}

function idsOf(commands: Iterable<AcceptedCommand>): string[] {
  return [...commands].map(({ id }) => id);
}
