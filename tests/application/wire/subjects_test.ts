import { assertEquals } from "@std/assert";
import { snapshotBucketOf, subjectsOf } from "../../../src/nats/subjects.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";

Deno.test("Subjects: given a prefix, then every subject begins with it", () => {
  for (const prefix of ["person", "person.prod"]) {
    const { commands, events, eventsOf, event } = subjectsOf(prefix);
    assertEquals([commands, events], [`${prefix}.commands.>`, `${prefix}.events.>`]);
    assertEquals(eventsOf(ID), `${prefix}.events.${ID}.>`);
    assertEquals(event(ID, "NameUpdated"), `${prefix}.events.${ID}.name_updated`);
  }
});

Deno.test("Subjects: given the stream's name, then the snapshots' bucket is named after it", () => {
  assertEquals(snapshotBucketOf("PERSON_EVENTS"), "PERSON_EVENTS_SNAPSHOTS");
});
