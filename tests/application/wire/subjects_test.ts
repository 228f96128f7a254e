import { assertEquals } from "@std/assert";
import {
  durableStreamsOf,
  mayReplyTo,
  snapshotBucketOf,
  subjectsOf,
} from "../../../src/nats/subjects.ts";

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

Deno.test("Subjects: given the stream's name, then the streams for durable commands are named after it", () => {
  assertEquals(durableStreamsOf("LEGACY"), {
    inbox: "LEGACY_INBOX",
    outcomes: "LEGACY_OUTCOMES",
    deadLetters: "LEGACY_DLQ",
  });
});

Deno.test("Subjects: given a command's id of any characters, then its outcome's subject has one token for it", () => {
  const { outcome } = subjectsOf("person.prod");
  assertEquals(outcome("order-4_711"), "person.prod.outcomes.order-4_711");
  assertEquals(outcome("a.b>*:c%/é"), "person.prod.outcomes.a%2Eb%3E%2A%3Ac%25%2F%C3%A9");
});

Deno.test("Subjects: given what came to the inbox, then its dead letter's subject has the same end", () => {
  const { deadLetter } = subjectsOf("person.prod");
  assertEquals(deadLetter("person.prod.inbox.a.b"), "person.prod.dlq.a.b");
});

Deno.test("Subjects: given a reply's subject, then it may be none of the service's own, nor of the server's", () => {
  const own = ["commands", "events", "inbox", "outcomes", "dlq"].map((tree) => `person.${tree}.x`);
  const subjects = subjectsOf("person");
  assertEquals([...own, "$JS.API.x"].filter((subject) => mayReplyTo(subject, subjects)), []);
  assertEquals(mayReplyTo("_INBOX.x", subjects), true);
  assertEquals(mayReplyTo("persons.events.x", subjects), true);
});
