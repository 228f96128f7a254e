import { assertEquals } from "@std/assert";
import { assertThat } from "../support/assert_that.ts";
import type {
  Append,
  EventStore,
  Head,
  PendingEvent,
  Start,
  StoredEvent,
} from "../../src/application/ports.ts";
import type { PersonId } from "../../src/domain/values.ts";

/** What every event store must do, run for each of them. `open` gives a store and an end to the test. */
export function testEventStore(
  name: string,
  open: () => Promise<AsyncDisposable & { store: EventStore }>,
): void {
  const test = (sentence: string, run: (store: EventStore) => Promise<void>) =>
    Deno.test(`${name}: ${sentence}`, async () => {
      await using opened = await open();
      await run(opened.store);
    });

  test("a person without events has no last event", async (store) => {
    assertEquals(await store.readLast(newPersonId(), soon()), null);
  });

  test("what was appended is read back as it was", async (store) => {
    const personId = newPersonId();
    const first = await stored(store, renamed(personId, 1, 0, "c-1"));
    const second = await stored(store, renamed(personId, 2, first, "c-2"));
    const last = await store.readLast(personId, soon());
    assertThat(last !== null);
    assertEquals(last.streamSequence, second);
    assertEquals(last.previousSequence, first);
    assertEquals(last.commandHash, "hash of c-2");
    assertEquals(last.envelope, renamed(personId, 2, first, "c-2")[0].envelope);
    const all = await store.readTail(last, null, soon());
    assertEquals(all?.map((event) => event.streamSequence), [first, second]);
  });

  test("the tail after a position is what came after it", async (store) => {
    const personId = newPersonId();
    const heads = await history(store, personId, 40);
    const last = await store.readLast(personId, soon());
    assertThat(last !== null);
    for (const version of [1, 20, 38, 39]) {
      const all = await store.readTail(last, null, soon());
      const at = all?.[version - 1];
      assertThat(at !== undefined);
      const position = { version, head: at.streamSequence, eventHash: at.eventHash };
      const tail = await store.readTail(last, position, soon());
      assertEquals(tail?.map((event) => event.streamSequence), heads.slice(version));
    }
  });

  test("a position of another history has no tail", async (store) => {
    const personId = newPersonId();
    const heads = await history(store, personId, 5);
    const last = await store.readLast(personId, soon());
    assertThat(last !== null);
    const head = heads[2] ?? 0;
    assertEquals(
      await store.readTail(last, { version: 3, head, eventHash: "other" }, soon()),
      null,
    );
    assertEquals(
      await store.readTail(last, { version: 3, head: head + 1, eventHash: "other" }, soon()),
      null,
    );
  });

  test("the events from a sequence or a time on are the person's own", async (store) => {
    const personId = newPersonId();
    assertEquals(await store.readFrom(personId, { sequence: 1 }, soon()), []);
    const heads = await history(store, personId, 5);
    await history(store, newPersonId(), 5);
    const from = async (start: Start) =>
      (await store.readFrom(personId, start, soon())).map((event) => event.streamSequence);
    assertEquals(await from({ sequence: 1 }), heads);
    assertEquals(await from({ sequence: (heads[3] ?? 0) + 1 }), heads.slice(4));
    assertEquals(await from({ sequence: (heads[4] ?? 0) + 1 }), []);
    assertEquals(await from({ time: "2000-01-01T00:00:00.000Z" }), heads);
    assertEquals(await from({ time: "2200-01-01T00:00:00.000Z" }), []);
  });

  test("an append on an old head stores nothing", async (store) => {
    const personId = newPersonId();
    const first = await stored(store, renamed(personId, 1, 0, "c-1"));
    const second = await stored(store, renamed(personId, 2, first, "c-2"));
    const result = await store.append(renamed(personId, 2, first, "c-3"), soon());
    assertEquals(result.outcome, "conflict");
    assertEquals((await store.readLast(personId, soon()))?.streamSequence, second);
  });

  test("of many appends on one head one is stored", async (store) => {
    const personId = newPersonId();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) => store.append(renamed(personId, 1, 0, `c-${n}`), soon())),
    );
    assertEquals(results.filter(({ outcome }) => outcome === "stored").length, 1);
    assertEquals(results.filter(({ outcome }) => outcome === "conflict").length, 49);
  });

  test("one command id for two persons is stored for both", async (store) => {
    const [one, two] = [newPersonId(), newPersonId()];
    await stored(store, renamed(one, 1, 0, "same"));
    await stored(store, renamed(two, 1, 0, "same"));
    assertEquals((await store.readLast(two, soon()))?.envelope.sequence, 1);
  });

  test("a command id seen before on the same person is answered with its event", async (store) => {
    const personId = newPersonId();
    const first = await stored(store, renamed(personId, 1, 0, "same"));
    const result = await store.append(renamed(personId, 2, first, "same"), soon());
    assertThat(result.outcome === "duplicate");
    assertEquals(result.event.streamSequence, first);
  });

  test("a merge by a command id that either person used before is answered with that event", async (store) => {
    for (const other of ["source", "target"]) {
      const [source, target] = [newPersonId(), newPersonId()];
      const user = other === "source" ? source : target;
      const first = await stored(store, renamed(user, 1, 0, "merge"));
      const sourceHead = await stored(
        store,
        renamed(source, user === source ? 2 : 1, user === source ? first : 0, "c-1"),
      );
      const targetHead = await stored(
        store,
        renamed(target, user === target ? 2 : 1, user === target ? first : 0, "c-2"),
      );
      const result = await store.append(merge(source, sourceHead, target, targetHead), soon());
      assertThat(result.outcome === "duplicate", JSON.stringify(result));
      assertEquals(result.event.streamSequence, first);
    }
  });

  test("events of several commands of a person are stored one right after the other, or none is", async (store) => {
    const [personId, other] = [newPersonId(), newPersonId()];
    const [head = 0] = await history(store, personId, 1);
    await history(store, other, 1);
    const stale = await store.append(several(other, 5, 0, 3), soon());
    assertEquals(stale.outcome, "conflict");
    assertEquals((await store.readLast(other, soon()))?.envelope.sequence, 1);
    const result = await store.append(several(personId, 2, head, 3), soon());
    assertThat(result.outcome === "stored");
    const [first = 0] = result.events.map(({ streamSequence }) => streamSequence);
    const last = await store.readLast(personId, soon());
    assertThat(last !== null);
    const tail = await store.readTail(last, null, soon());
    // The hash of what was just stored may be worked out only when it is asked for.
    const hashed = result.events.map((event) => ({ ...event, eventHash: event.eventHash }));
    assertEquals(tail?.slice(1), hashed);
    assertEquals(
      result.events.map((event) => [event.streamSequence, event.previousSequence]),
      [[first, head], [first + 1, first], [first + 2, first + 1]],
    );
  });

  test("events of several commands, one of which was stored before, can't be stored together", async (store) => {
    const personId = newPersonId();
    const heads = await history(store, personId, 3);
    const result = await store.append(several(personId, 3, heads.at(-1) ?? 0, 3), soon());
    assertEquals(result.outcome, "conflict");
    assertEquals((await store.readLast(personId, soon()))?.streamSequence, heads.at(-1));
  });

  test("an append that was stored without an answer is told as stored, whatever came behind it", async (store) => {
    for (const append of await appendsOfEachKind(store)) {
      const first = await store.append(append, soon());
      assertThat(first.outcome === "stored");
      const last = first.events.at(-1)?.streamSequence ?? 0;
      for (const personId of new Set(append.map(({ envelope }) => envelope.aggregate_id))) {
        const head = (await store.readLast(personId, soon()))?.streamSequence ?? 0;
        await stored(store, renamed(personId, 9, head, "behind"));
      }
      const again = await store.append(append, soon());
      assertThat(again.outcome === "stored", JSON.stringify(again));
      assertEquals(again.events.at(-1)?.streamSequence, last);
      assertEquals(again.events.map(envelopeOf), first.events.map(envelopeOf));
    }
  });

  test("an append of which only a part was stored, by itself, is not stored", async (store) => {
    const personId = newPersonId();
    const [head = 0] = await history(store, personId, 1);
    const append = several(personId, 2, head, 3);
    const alone = await stored(store, [append[0]]);
    await stored(store, renamed(personId, 3, alone, "another"));
    assertEquals((await store.append(append, soon())).outcome, "conflict");
    const [source, target] = [newPersonId(), newPersonId()];
    const heads = [await history(store, source, 1), await history(store, target, 1)].flat();
    await stored(store, renamed(target, 2, heads[1] ?? 0, "another"));
    const merging = merge(source, heads[0] ?? 0, target, heads[1] ?? 0);
    assertEquals((await store.append(merging, soon())).outcome, "conflict");
  });

  test("a merge stores both events, one right after the other, or none", async (store) => {
    const [source, target] = [newPersonId(), newPersonId()];
    const sourceHead = await stored(store, renamed(source, 1, 0, "c-1"));
    const targetHead = await stored(store, renamed(target, 1, 0, "c-2"));
    const stale = await store.append(merge(source, sourceHead, target, targetHead - 1), soon());
    assertEquals(stale.outcome, "conflict");
    assertEquals((await store.readLast(source, soon()))?.streamSequence, sourceHead);
    const result = await store.append(merge(source, sourceHead, target, targetHead), soon());
    assertThat(result.outcome === "stored");
    const [merged, absorbed] = result.events;
    assertEquals(absorbed?.streamSequence, (merged?.streamSequence ?? 0) + 1);
    assertEquals((await store.readLast(source, soon()))?.envelope.event.type, "PersonMergedInto");
    assertEquals((await store.readLast(target, soon()))?.envelope.event.type, "PersonAbsorbed");
  });
}

/** One event, several of one person, a merge: each on persons that have one event. */
async function appendsOfEachKind(store: EventStore): Promise<Append[]> {
  const ids = Array.from({ length: 4 }, newPersonId);
  const [one, two, source, target] = ids;
  assertThat(one && two && source && target);
  const heads = new Map<string, Head>();
  for (const id of ids) heads.set(id, (await history(store, id, 1))[0] ?? 0);
  const headOf = (id: PersonId) => heads.get(id) ?? 0;
  return [
    renamed(one, 2, headOf(one), "c-2"),
    several(two, 2, headOf(two), 3),
    merge(source, headOf(source), target, headOf(target)),
  ];
}

function envelopeOf({ envelope }: StoredEvent): unknown {
  return envelope;
}

/** A deadline that a healthy store never meets. */
export function soon(): number {
  return performance.now() + 30_000;
}

/** An id nobody used before. */
export function newPersonId(): PersonId {
  return crypto.randomUUID();
}

/** An append of one event, whatever came before: the store does not judge. */
export function renamed(personId: PersonId, version: number, head: Head, id: string): Append {
  return [pending(personId, version, head, id)];
}

/** An append of so many commands of one person, from this version on. */
export function several(personId: PersonId, version: number, head: Head, count: number): Append {
  const [first, ...others] = Array.from({ length: count }, (_, index) => version + index);
  if (first === undefined) throw new Error("An append has an event");
  return [
    pending(personId, first, head, `c-${first}`),
    ...others.map((each) => pending(personId, each, null, `c-${each}`)),
  ];
}

/** Appends `count` events to a person and gives their stream sequences. */
export async function history(
  store: EventStore,
  personId: PersonId,
  count: number,
): Promise<Head[]> {
  const heads: Head[] = [];
  for (let version = 1; version <= count; version++) {
    heads.push(await stored(store, renamed(personId, version, heads.at(-1) ?? 0, `c-${version}`)));
  }
  return heads;
}

async function stored(store: EventStore, append: Append): Promise<Head> {
  const result = await store.append(append, soon());
  assertThat(result.outcome === "stored", `${JSON.stringify(result)} in place of stored`);
  return result.events.at(-1)?.streamSequence ?? 0;
}

const AT = "2026-01-02T03:04:05.678Z";
const NAME = {
  components: {
    given_names: ["Ada"],
    family_names: ["Lovelace"],
    patronymic: null,
    matronymic: null,
    prefixes: [],
    suffixes: [],
  },
  preferred_form: null,
  naming_convention: "Western" as const,
};

function pending(
  personId: PersonId,
  version: number,
  head: Head | null,
  id: string,
): PendingEvent {
  const data = { person_id: personId, name: NAME, updated_at: AT };
  return envelope(personId, version, head, id, { type: "PersonUpdated", data });
}

function merge(source: PersonId, sourceHead: Head, target: PersonId, targetHead: Head): Append {
  const merge_reason = "DuplicateIdentity" as const;
  return [
    envelope(source, 2, sourceHead, "merge", {
      type: "PersonMergedInto",
      data: { source_person_id: source, merged_into_id: target, merge_reason, merged_at: AT },
    }),
    envelope(target, 2, targetHead, "merge", {
      type: "PersonAbsorbed",
      data: { target_person_id: target, absorbed_person_id: source, merge_reason, absorbed_at: AT },
    }),
  ];
}

function envelope(
  personId: PersonId,
  version: number,
  expectedHead: Head | null,
  id: string,
  event: PendingEvent["envelope"]["event"],
): PendingEvent {
  return {
    expectedHead,
    commandHash: `hash of ${id}`,
    traceparent: null,
    envelope: {
      aggregate_id: personId,
      sequence: version,
      event,
      timestamp: AT,
      correlation_id: "correlation",
      causation_id: id,
      schema_version: 1,
    },
  };
}
