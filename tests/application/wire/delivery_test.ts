import { assertEquals, assertThrows } from "@std/assert";
import { deliveryOf, storedAt } from "../../../src/nats/inbox/delivery.ts";

const delivery = {
  stream: "PERSON_EVENTS_INBOX",
  sequence: 7,
  count: 2,
  storedAtNs: "1795419973517565319",
};

Deno.test("Delivery: given the acknowledgement subject in either form of the server's, when read, then it is the same", () => {
  const end = "PERSON_EVENTS_INBOX.person-service.2.7.9.1795419973517565319.0";
  for (const reply of [`$JS.ACK.${end}`, `$JS.ACK._.hash.${end}`, `$JS.ACK._.hash.${end}.random`]) {
    assertEquals(deliveryOf({ reply }), delivery);
  }
});

Deno.test("Delivery: given another reply subject or none, when read, then it fails", () => {
  for (const reply of ["_INBOX.1.2.3.4.5.6.7.8", "$JS.ACK.a.b", undefined]) {
    assertThrows(() => deliveryOf({ reply }), Error, "is not the acknowledgement subject");
  }
});

Deno.test("Delivery: given a time in nanoseconds, when told, then it is UTC with milliseconds", () => {
  assertEquals(storedAt(delivery), "2026-11-23T07:46:13.517Z");
});
