import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DeadLetter, deadLetterOf, payloadOf } from "../../../src/nats/inbox/dead_letters.ts";
import { createPerson } from "../../support/command_client.ts";
import { merge } from "../../support/every_command.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";

Deno.test("Dead letter: given any bytes, when kept, then they come back just as they were", () => {
  const text = fc.array(fc.nat(0x10ffff)).map((points) =>
    new TextEncoder().encode(String.fromCodePoint(...points))
  );
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 2_000 }), text), (data) => {
    const read = DeadLetter.parse(JSON.parse(JSON.stringify(letterOf(data))));
    assertEquals(payloadOf(read)?.toBase64(), data.toBase64());
  }));
});

Deno.test("Dead letter: given more than fits into a message, when kept, then it fits, and is known not to be whole", () => {
  for (const byte of [0, 0x22, 0x61, 0xff]) {
    const letter = letterOf(new Uint8Array(1024 * 1024).fill(byte));
    assertEquals(payloadOf(letter), null);
    assertEquals(letter.payload_bytes, 1024 * 1024);
    assertEquals(JSON.stringify(letter).length < 700_000, true, `${byte}`);
  }
});

Deno.test("Dead letter: given a payload that names its person, when kept, then the letter does, too", () => {
  const personOf = (json: unknown) => letterOf(JSON.stringify(json)).person_id;
  assertEquals(personOf(createPerson(ID)), ID);
  assertEquals(personOf({ EatPerson: { person_id: { id: ID.toUpperCase() } } }), ID);
  assertEquals(personOf(merge(ID, OTHER_ID)), ID);
  for (const json of [null, [], {}, "x", { CreatePerson: { person_id: "Ada" } }, { a: 1 }]) {
    assertEquals(personOf(json), null, JSON.stringify(json));
  }
  assertEquals(letterOf("{").person_id, null);
});

Deno.test("Dead letter: given a message, when kept, then all about it is", () => {
  assertEquals(letterOf("no command"), {
    subject: "person.inbox.x",
    stream: "PERSON_EVENTS_INBOX",
    sequence: 7,
    published_at: "2026-11-23T07:46:13.517Z",
    command_id: "order-1",
    person_id: null,
    reason: { code: "ParseError", message: "The message is not JSON" },
    dead_at: "2026-11-23T07:46:14.000Z",
    headers: {},
    payload_bytes: 10,
    payload_encoding: "utf-8",
    payload: "no command",
  });
});

function letterOf(payload: string | Uint8Array): DeadLetter {
  const data = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const delivery = {
    stream: "PERSON_EVENTS_INBOX",
    sequence: 7,
    count: 1,
    storedAtNs: "1795419973517565319",
  };
  return deadLetterOf({ data, subject: "person.inbox.x" }, delivery, {
    commandId: "order-1",
    reason: { code: "ParseError", message: "The message is not JSON" },
    now: "2026-11-23T07:46:14.000Z",
  });
}
