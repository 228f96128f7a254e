import { assertEquals } from "@std/assert";
import { MessageNotes } from "../../../src/nats/inbox/message_notes.ts";

Deno.test("Message notes: given a note, then it is of that very message, until it is done", () => {
  const notes = new MessageNotes<string>(60_000);
  notes.set(deliveryOf(7), "first", 0);
  notes.set(deliveryOf(7), "second", 0);
  const madeAnew = { ...deliveryOf(7), storedAtNs: "2" };
  assertEquals([notes.get(deliveryOf(7), 0), notes.get(madeAnew, 0)], ["second", undefined]);
  notes.delete(deliveryOf(7));
  assertEquals(notes.get(deliveryOf(7), 0), undefined);
});

Deno.test("Message notes: given as many as there is room for, then another one is noted only when the oldest have had their time", () => {
  const notes = new MessageNotes<string>(60_000);
  for (let sequence = 1; sequence <= 10_000; sequence++) {
    notes.set(deliveryOf(sequence), "early", sequence === 3 ? 1 : 0);
  }
  assertEquals(notes.set(deliveryOf(1), "again", 59_999), true);
  assertEquals(notes.set(deliveryOf(10_001), "late", 59_999), false);
  assertEquals(notes.set(deliveryOf(10_001), "late", 60_000), true);
  const known = [1, 2, 3, 10_001].map((sequence) => notes.get(deliveryOf(sequence), 60_000));
  assertEquals(known, ["again", undefined, "early", "late"]);
});

function deliveryOf(sequence: number) {
  return { stream: "PERSON_EVENTS_INBOX", sequence, count: 1, storedAtNs: "1" };
}
