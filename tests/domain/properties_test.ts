import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { aggregateIdOf, PersonCommand, writeCommand } from "../../src/domain/commands.ts";
import { decide, type Decision } from "../../src/domain/decide.ts";
import {
  EventEnvelope,
  occurredAt,
  type PersonEvent,
  personOf,
  writeEnvelope,
} from "../../src/domain/events.ts";
import { formatPersonName, PersonName } from "../../src/domain/name.ts";
import { parsePersonName } from "../../src/domain/parse_name.ts";
import { evolve, initialState, Person, type PersonState } from "../../src/domain/person.ts";
import type { PersonId } from "../../src/domain/values.ts";
import { part, PERSON_IDS, personCommand, personName } from "../support/arbitraries.ts";

/** What every person's history holds after some commands, an hour apart. */
type Histories = Map<PersonId, PersonEvent[]>;

const stateOf = (events: PersonEvent[]) => events.reduce(evolve, initialState);

/** Decides each command on what the accepted ones before it came to. */
function run(
  commands: PersonCommand[],
  observe: (decision: Decision, command: PersonCommand) => void,
): Histories {
  const histories: Histories = new Map();
  const states = new Map<PersonId, PersonState>();
  for (const [hour, command] of commands.entries()) {
    const now = new Date(Date.UTC(2024, 0, 1, hour)).toISOString();
    const state = states.get(aggregateIdOf(command)) ?? initialState;
    const target = command.type === "MergePersons"
      ? { target: states.get(command.data.target_person_id) ?? initialState }
      : {};
    const stateBytes = JSON.stringify(state).length;
    const decision = decide(command, state, { now, stateBytes, ...target });
    observe(decision, command);
    for (const event of "accepted" in decision ? decision.accepted : []) {
      const id = personOf(event);
      histories.set(id, [...histories.get(id) ?? [], event]);
      states.set(id, evolve(states.get(id) ?? initialState, event));
    }
  }
  for (const [id, events] of histories) assertEquals(states.get(id), stateOf(events));
  return histories;
}

const commands = fc.array(personCommand, { maxLength: 40 }).map((json) =>
  // Both persons are there from the start, else most commands would find nobody.
  [...PERSON_IDS.map(creationOf), ...json].map((command) => PersonCommand.parse(command))
);

function creationOf(person_id: PersonId) {
  const name = { components: { given_names: ["Ann"] }, naming_convention: "Mononymic" };
  return { CreatePerson: { person_id, name, source: "test" } };
}

/** Tries the property on the histories of many sequences of commands. */
function forEveryHistory(property: (events: PersonEvent[]) => void): void {
  fc.assert(fc.property(commands, (sequence) => {
    for (const events of run(sequence, () => {}).values()) property(events);
  }));
}

const CODE = /^(ValidationError|NotFound|AlreadyExists|InvalidStateTransition|InvariantViolation)$/;

Deno.test("decide: given any commands in any order, when decided, then each is accepted or refused in words", () => {
  const accepted = new Set<string>();
  const refused = new Set<string>();
  fc.assert(
    fc.property(commands, (sequence) => {
      run(sequence, (decision, { type }) => {
        ("accepted" in decision ? accepted : refused).add(type);
        if ("accepted" in decision) {
          return assertEquals(decision.accepted.length, type === "MergePersons" ? 2 : 1);
        }
        assertMatch(decision.rejected.code, CODE);
        // Sentence case, no full stop.
        assertMatch(decision.rejected.message, /^Cannot .*[^.]$/s);
      });
    }),
    { numRuns: 1_000 },
  );
  // Else the property would hold for want of cases.
  assertEquals([accepted.size, refused.size], [11, 11]);
});

Deno.test("evolve: given any accepted commands, when replayed, then versions count and time is the last event's", () => {
  forEveryHistory((events) => {
    const states: PersonState[] = [];
    events.reduce((state, event) => {
      states.push(evolve(state, event));
      return states.at(-1) ?? null;
    }, initialState);
    assertEquals(states.map((state) => state?.version), events.map((_, index) => index + 1));
    assertEquals(states.map((state) => state?.core_identity.updated_at), events.map(occurredAt));
  });
});

Deno.test("evolve: given any history, when a snapshot of it is read back, then the rest leads to the same state", () => {
  forEveryHistory((events) => {
    const whole = stateOf(events);
    for (const cut of new Set([1, Math.ceil(events.length / 2), events.length])) {
      const snapshot = Person.parse(JSON.parse(JSON.stringify(stateOf(events.slice(0, cut)))));
      assertEquals(events.slice(cut).reduce(evolve, snapshot), whole);
    }
  });
});

Deno.test("evolve: given a history in any order, when folded, then it is recorded and commands are still decided", () => {
  fc.assert(
    fc.property(commands, fc.infiniteStream(fc.nat()), personCommand, (sequence, order, json) => {
      for (const events of run(sequence, () => {}).values()) {
        const [creation, ...rest] = events;
        const shuffled = rest.map((event) => ({ event, place: order.next().value }))
          .sort((a, b) => a.place - b.place).map(({ event }) => event);
        const state = [...creation ? [creation] : [], ...shuffled, ...rest].reduce(
          evolve,
          initialState,
        );
        assertEquals(state?.version, 1 + 2 * rest.length);
        const context = { now: "2024-07-01T00:00:00.000Z", target: state, stateBytes: 0 };
        const decision = decide(PersonCommand.parse(json), state, context);
        assertEquals("accepted" in decision || "rejected" in decision, true);
      }
    }),
  );
});

Deno.test("EventEnvelope: given any event, when written, then it reads back as itself", () => {
  forEveryHistory((events) => {
    for (const [index, event] of events.entries()) {
      const envelope: EventEnvelope = {
        aggregate_id: personOf(event),
        sequence: index + 1,
        event,
        timestamp: occurredAt(event),
        correlation_id: "c",
        causation_id: "d",
        schema_version: 1,
      };
      assertEquals(
        EventEnvelope.parse(JSON.parse(JSON.stringify(writeEnvelope(envelope)))),
        envelope,
      );
    }
  });
});

Deno.test("PersonCommand: given any command, when written, then it reads back as itself", () => {
  fc.assert(fc.property(personCommand, (json) => {
    const command = PersonCommand.parse(json);
    assertEquals(PersonCommand.parse(JSON.parse(JSON.stringify(writeCommand(command)))), command);
  }));
});

Deno.test("PersonCommand: given any JSON, when read, then nothing is thrown", () => {
  fc.assert(fc.property(fc.jsonValue(), (json) => {
    assertEquals(PersonCommand.safeParse(json).success, false);
  }));
});

Deno.test("PersonCommand: given a command with one field of any JSON, when read, then issues name the field", () => {
  const damaged = fc.tuple(personCommand, fc.nat(), fc.jsonValue());
  fc.assert(fc.property(damaged, ([json, index, value]) => {
    for (const [name, data] of Object.entries(json)) {
      const fields = Object.keys(data);
      const field = fields[index % fields.length] ?? "";
      const { error } = PersonCommand.safeParse({ [name]: { ...data, [field]: value } });
      for (const { path } of error?.issues ?? []) assertEquals(path.slice(0, 2), [name, field]);
    }
  }));
});

Deno.test("parsePersonName: given any text and hint, when parsed, then it is refused or a valid name that loses no letter", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join(" ")),
  );
  const hint = fc.constantFrom(
    undefined,
    ...["Western", "Spanish", "EastAsian", "Patronymic", "Mononymic", "Other"] as const,
  );
  fc.assert(
    fc.property(anyText, hint, (fullName, convention) => {
      const parsed = parsePersonName(fullName, convention);
      if ("rejected" in parsed) return assertEquals(fullName.trim(), "");
      const { name } = parsed;
      assertEquals(PersonName.command.parse(name), name);
      assertEquals(lettersOf(partsOf(name).join("")), lettersOf(fullName));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("formatPersonName: given any valid name, when shown in full, then no part is lost", () => {
  fc.assert(fc.property(personName, (json) => {
    const name = PersonName.command.parse(json);
    for (const policy of ["Formal", "Legal"] as const) {
      const shown = formatPersonName(name, policy);
      for (const part of partsOf(name)) assertStringIncludes(shown, part);
    }
  }));
});

function partsOf({ components: { patronymic, matronymic, ...lists } }: PersonName): string[] {
  return [...Object.values(lists).flat(), patronymic, matronymic].filter((part) => part !== null);
}

/** Without order, which is the convention's, and "y", which may be a connector. */
function lettersOf(text: string): string {
  return Array.from(text.replace(/[y\s]/g, "")).sort().join("");
}
