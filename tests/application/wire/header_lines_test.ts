import { assertEquals, assertThrows } from "@std/assert";
import { headers, MsgHdrsImpl } from "@nats-io/transport-node";
import { headerLine, HeaderLines } from "../../../src/nats/header_lines.ts";

Deno.test("HeaderLines: given any values, when encoded, then a client reads what was given", () => {
  const record = { "Nats-Msg-Id": "a/b", "Correlation-Id": "über 山田: x", traceparent: "00-1" };
  const expected = headers();
  for (const [name, value] of Object.entries(record)) expected.set(name, value);
  const lines = Object.entries(record).map(([name, value]) => headerLine(name, value));
  const encoded = new HeaderLines(lines.join("")).encode();
  assertEquals(new Uint8Array(encoded), (expected as MsgHdrsImpl).encode());
  assertEquals(Object.fromEntries(MsgHdrsImpl.decode(encoded)), {
    "Nats-Msg-Id": ["a/b"],
    "Correlation-Id": ["über 山田: x"],
    traceparent: ["00-1"],
  });
});

Deno.test("HeaderLines: given a line break in a value, when encoded, then it is refused", () => {
  for (const value of ["a\nb", "a\rb", "a\r\nNats-Rollup: all"]) {
    assertThrows(
      () => headerLine("Correlation-Id", value),
      TypeError,
      "line break",
    );
  }
});
