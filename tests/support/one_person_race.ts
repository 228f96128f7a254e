/**
 * Many commands to one person at once.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { z } from "zod";
import { eachOf, sendUntilAnswered } from "./callers.ts";
import { type CommandClient, createPerson, updateName } from "./command_client.ts";
import { assertTrue, assertWhole, type Sent } from "./histories.ts";
import { readEvents } from "./stream_messages.ts";

const IN_FLIGHT = 8;
const Renaming = z.object({ old_name: z.unknown(), new_name: z.unknown() });

/**
 * Has two clients rename one person a thousand times each. Fails where an update is lost, a version is missing or
 * given twice, or a reply is not true. The stream must be empty.
 */
export async function assertNoUpdateLost(
  first: CommandClient,
  second: CommandClient,
): Promise<void> {
  const personId = crypto.randomUUID();
  // What servers of a cluster were told of the instances may still be on its way.
  for (const client of [first, second]) {
    await sendUntilAnswered(client, createPerson(personId), personId);
  }
  const sent: Sent[] = [];
  await Promise.all([first, second].map((client, caller) => {
    const commandIds = Array.from({ length: 1_000 }, (_, n) => `c-${caller}-${n}`);
    return eachOf(commandIds, IN_FLIGHT, async (commandId) => {
      const command = updateName(personId, commandId);
      sent.push({ commandId, reply: await client.send(command, { "Nats-Msg-Id": commandId }) });
    });
  }));
  const events = await readEvents(first.nc);
  assertWhole(events);
  assertTrue(sent, events);
  // Each was decided on the one before it.
  const names = events.slice(1).map(({ envelope }) => Renaming.parse(envelope.event.NameUpdated));
  assertEquals(
    names.slice(1).map((each) => each.old_name),
    names.slice(0, -1).map((each) => each.new_name),
  );
  // A hot person may be changed by others once too often; nothing else may go wrong.
  const codes = new Set(sent.map(({ reply }) => reply?.error?.code ?? "accepted"));
  codes.delete("ConcurrencyConflict");
  assertEquals(codes, new Set(["accepted"]));
}
