import { assertEquals } from "@std/assert";
import { isPassingReply, retryDelayMs } from "../../../src/nats/redelivery.ts";
import { ERROR_CODES } from "../../../src/nats/replies.ts";
import { createPerson } from "../../support/command_client.ts";
import { received } from "../../support/test_application.ts";

const command = createPerson("019a5c30-1234-7abc-9def-123456789abc");

Deno.test("Redelivery: given each error code, then only what may pass by itself is tried again", () => {
  const codes = Object.keys(ERROR_CODES).filter((code) => code in ERROR_CODES);
  const passing = ["ConcurrencyConflict", "Internal", "Overloaded", "Unavailable"] as const;
  const final = ["ParseError", "ValidationError", "NotFound", "AlreadyExists"] as const;
  const refused = ["InvalidStateTransition", "InvariantViolation", "IdempotencyConflict"] as const;
  assertEquals([...passing, ...final, ...refused].toSorted(), codes.toSorted());
  for (const code of passing) assertEquals(isPassingReply(code, received(command)), true, code);
  for (const code of [...final, ...refused]) {
    assertEquals(isPassingReply(code, received(command)), false, code);
  }
});

Deno.test("Redelivery: given a version that the caller expected, then a conflict is for good", () => {
  const expecting = received(command, { expectedVersion: 3 });
  assertEquals(isPassingReply("ConcurrencyConflict", expecting), false);
});

Deno.test("Redelivery: given ever more tries, then the pause grows up to its limit, and longer for what takes a hand", () => {
  const delays = (code: "Unavailable" | "Internal") =>
    [1, 2, 3, 8, 1_000_000].map((deliveries) => retryDelayMs(code, deliveries));
  assertEquals(delays("Unavailable"), [250, 500, 1_000, 30_000, 30_000]);
  assertEquals(delays("Internal"), [5_000, 10_000, 20_000, 600_000, 600_000]);
});
