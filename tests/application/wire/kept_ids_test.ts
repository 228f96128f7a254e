import { assertEquals } from "@std/assert";
import { MsgHdrsImpl } from "@nats-io/transport-node";
import { decodeCommand } from "../../../src/nats/command_codec.ts";
import { createPerson } from "../../support/command_client.ts";

const COMMANDS = 20_000;

Deno.test("Headers: given ids that are kept, then the blocks of headers that they came in are not", async () => {
  const data = new TextEncoder().encode(JSON.stringify(createPerson(crypto.randomUUID())));
  const before = Deno.memoryUsage().heapUsed;
  const kept: string[] = [];
  for (let n = 0; n < COMMANDS; n++) {
    const lines = `Nats-Msg-Id: command-number-${n}\r\nCorrelation-Id: correlation-${n}\r\n`;
    const junk = `X-Junk: ${"x".repeat(7_900)}\r\n`;
    const block = new TextEncoder().encode(`NATS/1.0\r\n${lines}${junk}\r\n`);
    const { commandId, correlationId } = await decodeCommand({
      data,
      headers: MsgHdrsImpl.decode(block),
    });
    kept.push(commandId, correlationId);
  }
  assertEquals(kept.length, 2 * COMMANDS);
  // All blocks are 158 MB.
  const grownMb = (Deno.memoryUsage().heapUsed - before) / 1e6;
  assertEquals(grownMb < 100, true, `${grownMb} MB`);
});
