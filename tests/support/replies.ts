/**
 * Replies as a caller sees them, checked for what every reply must hold.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Msg } from "@nats-io/transport-node";
import { assertThat } from "./assert_that.ts";
import type { AnyReply } from "./command_client.ts";

/** Every error code with its header code. Source: wire.md, Replies. */
export const HEADER_CODES: Readonly<Record<string, number>> = {
  ParseError: 400,
  ValidationError: 400,
  NotFound: 404,
  AlreadyExists: 409,
  InvalidStateTransition: 409,
  InvariantViolation: 409,
  ConcurrencyConflict: 409,
  IdempotencyConflict: 409,
  Unavailable: 503,
  Overloaded: 503,
  Internal: 500,
};

/** The reply's body. Fails where the headers say another thing, or its code is not one of wire.md. */
export function readReply(message: Msg): AnyReply {
  const reply = message.json<AnyReply>();
  if (reply.error === undefined) {
    assertEquals(message.headers, undefined);
    return reply;
  }
  const { code, message: text } = reply.error;
  assertThat(code in HEADER_CODES, `Unknown code "${code}"`);
  const given = Object.fromEntries(
    [...message.headers ?? []].map(([name, values]) => [name, values.join(",")]),
  );
  assertEquals(given, {
    "Nats-Service-Error": text,
    "Nats-Service-Error-Code": String(HEADER_CODES[code]),
  });
  return reply;
}
