import { assertEquals } from "@std/assert";
import {
  heldDelayMs,
  isPassingReply,
  mayDependOnEarlier,
  retryDelayMs,
} from "../../../src/nats/inbox/redelivery.ts";
import { ERROR_CODES } from "../../../src/nats/replies.ts";
import { createPerson } from "../../support/command_client.ts";
import { received } from "../../support/test_application.ts";

const command = createPerson("019a5c30-1234-7abc-9def-123456789abc");

Deno.test("Redelivery: given each error code, then only what may pass by itself is tried again", async () => {
  const codes = Object.keys(ERROR_CODES).filter((code) => code in ERROR_CODES);
  const passing = ["ConcurrencyConflict", "Internal", "Overloaded", "Unavailable"] as const;
  const final = ["ParseError", "ValidationError", "NotFound", "AlreadyExists"] as const;
  const refused = ["InvalidStateTransition", "InvariantViolation", "IdempotencyConflict"] as const;
  assertEquals([...passing, ...final, ...refused].toSorted(), codes.toSorted());
  const decoded = await received(command);
  for (const code of passing) assertEquals(isPassingReply(code, decoded), true, code);
  for (const code of [...final, ...refused]) {
    assertEquals(isPassingReply(code, decoded), false, code);
  }
});

Deno.test("Redelivery: given a version that the caller expected, then a conflict is for good", async () => {
  const expecting = await received(command, { expectedVersion: 3 });
  assertEquals(isPassingReply("ConcurrencyConflict", expecting), false);
});

Deno.test("Redelivery: given ever more tries, then the pause grows up to its limit, and longer for what takes a hand", () => {
  const delays = (code: "Unavailable" | "Internal") =>
    [1, 2, 3, 8, 1_000_000].map((failures) => retryDelayMs(code, failures));
  assertEquals(delays("Unavailable"), [250, 500, 1_000, 30_000, 30_000]);
  assertEquals(delays("Internal"), [5_000, 10_000, 20_000, 600_000, 600_000]);
});

Deno.test("Redelivery: given a refusal held back, then the pause grows from a quarter of a second to two", () => {
  const delays = [1, 2, 3, 4, 1_000_000].map((deliveries) => heldDelayMs(deliveries, 1));
  assertEquals(delays, [250, 500, 1_000, 2_000, 2_000]);
});

Deno.test("Redelivery: given thousands of refusals held back, then no more than a thousand a second come again", () => {
  const delays = [1_000, 2_000, 10_000].map((held) => heldDelayMs(4, held));
  assertEquals(delays, [2_000, 2_000, 10_000]);
});

Deno.test("Redelivery: given each refusal, then those are held back that an earlier command could have averted", async () => {
  const decoded = await received(command);
  const averted = (code: keyof typeof ERROR_CODES) =>
    mayDependOnEarlier({ error: { code, message: "" }, version: 1 }, decoded);
  const codes = Object.keys(ERROR_CODES).filter((code): code is keyof typeof ERROR_CODES =>
    code in ERROR_CODES
  );
  assertEquals(codes.filter(averted), [
    "ValidationError",
    "NotFound",
    "InvalidStateTransition",
    "InvariantViolation",
  ]);
});

Deno.test("Redelivery: given a version that the caller expected, then only one not reached yet is held back", async () => {
  const expecting = await received(command, { expectedVersion: 3 });
  const conflict = { code: "ConcurrencyConflict" as const, message: "" };
  const averted = [undefined, 2, 3, 4].map((version) =>
    mayDependOnEarlier({ error: conflict, ...(version && { version }) }, expecting)
  );
  assertEquals(averted, [true, true, false, false]);
});
