import { assertEquals } from "@std/assert";
import { meaningOf } from "../../../src/nats/append_codes.ts";

Deno.test("Append codes: given a code that tells of a moved head or a known id, then it means to look", () => {
  for (const code of [10071, 10164, 10158, 10201]) {
    for (const status of [400, 503]) assertEquals(meaningOf(code, status), "look");
  }
});

Deno.test("Append codes: given a code of a stream that is not ready, then it means the same append again", () => {
  for (const code of [10008, 10118, 10167, 10176, 10210]) {
    for (const status of [400, 503]) assertEquals(meaningOf(code, status), "again");
  }
});

Deno.test("Append codes: given a code of full storage, then it says so whatever its status", () => {
  for (const code of [10002, 10023, 10047, 10077]) {
    for (const status of [400, 503]) assertEquals(meaningOf(code, status), "storage full");
  }
});

Deno.test("Append codes: given any other code, then its status tells a failing server from a defect of ours", () => {
  for (const code of [0, 10054, 10059, 10060, 10174, 10193, 10199, 99999]) {
    assertEquals(meaningOf(code, 400), "defect");
    assertEquals(meaningOf(code, 404), "defect");
    assertEquals(meaningOf(code, 500), "unavailable");
    assertEquals(meaningOf(code, 503), "unavailable");
  }
});
