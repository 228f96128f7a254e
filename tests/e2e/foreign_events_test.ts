/** Events that the service did not write: of the original, of a newer version, damaged. */
import { assert, assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { z } from "zod";
import { createPerson, plainName, updateName } from "../support/command_client.ts";
import { EVERY_COMMAND } from "../support/every_command.ts";
import { personDeactivated, personUpdated, publishEvent } from "../support/foreign_events.ts";
import { readReply } from "../support/replies.ts";
import type { Envelope } from "../support/stream_messages.ts";
import { TestSystem } from "../support/test_system.ts";

const NameUpdated = z.object({
  old_name: z.object({ components: z.object({ given_names: z.array(z.string()) }) }),
});

Deno.test("a PersonUpdated event published by hand is folded, whether the person is known to the service or not", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const first = await system.startService();
  const personId = crypto.randomUUID();
  await client.send(createPerson(personId, "Ada"));
  await publishEvent(client.nc, personId, "updated", personUpdated(personId, 2, "Augusta"));
  assertEquals((await client.send(updateName(personId, "Grace"))).version, 3);
  await publishEvent(client.nc, personId, "updated", personUpdated(personId, 4, "Jean"));
  await first.stop();
  await system.startService();
  assertEquals((await client.send(updateName(personId, "Joan"))).version, 5);
  const oldNames = (await system.events()).map(({ envelope: { event } }) =>
    NameUpdated.safeParse(event.NameUpdated).data?.old_name.components.given_names
  );
  assertEquals(oldNames, [undefined, undefined, ["Augusta"], undefined, ["Jean"]]);
});

Deno.test("a person changed by another writer is not refused for what the service remembers of it", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  await system.startService();
  const personId = crypto.randomUUID();
  await client.send(createPerson(personId));
  await publishEvent(client.nc, personId, "deactivated", personDeactivated(personId, 2));
  const reply = await client.send(EVERY_COMMAND.ReactivatePerson(personId));
  assertEquals(reply.version ?? reply.error, 3);
});

/** Bodies that must not be guessed at, made from a sound one. */
const UNREADABLE: Record<string, (sound: Envelope) => unknown> = {
  "is empty": () => new Uint8Array(),
  "is cut off": (sound) => encode(sound).slice(0, -1),
  "is not UTF-8": (sound) => encode(sound).with(20, 0xff),
  "is of an unknown kind": (sound) => ({ ...sound, event: { PersonTeleported: { to: "Mars" } } }),
  "lacks a field": (sound) => ({ ...sound, event: { PersonUpdated: {} } }),
  "is of a newer schema version": (sound) => ({ ...sound, schema_version: 2 }),
  "is of another person": (sound) => ({ ...sound, aggregate_id: crypto.randomUUID() }),
  "leaves out a version": (sound) => ({ ...sound, sequence: 3 }),
  "repeats a version": (sound) => ({ ...sound, sequence: 1 }),
};

Deno.test("a person with an event that can't be read is answered Internal, the log names the event, and others are served", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const first = await system.startService();
  const persons: [what: string, personId: string, sequence: number][] = [];
  for (const [what, makeBody] of Object.entries(UNREADABLE)) {
    const personId = crypto.randomUUID();
    await client.send(createPerson(personId));
    const body = makeBody(personUpdated(personId, 2, "Augusta"));
    persons.push([what, personId, await publishEvent(client.nc, personId, "updated", body)]);
  }
  const assertRefused = async () => {
    for (const [what, personId] of persons) {
      for (const command of [updateName(personId, "Grace"), createPerson(personId)]) {
        const { error, aggregate_id } = readReply(await client.request(command));
        assertEquals([error?.code, aggregate_id], ["Internal", personId], what);
      }
    }
    assertEquals((await client.send(createPerson(crypto.randomUUID()))).version, 1);
  };
  await assertRefused();
  await first.stop();
  const second = await system.startService();
  await assertRefused();
  for (const { log } of [first, second]) {
    for (const [what, personId, sequence] of persons) {
      const named = log.split("\n").filter((line) => line.includes(`"${personId}"`));
      assert(named.some((line) => new RegExp(`at ${sequence}\\b`).test(line)), what);
    }
  }
  const { state } = await (await jetstreamManager(client.nc)).streams.info("PERSON_EVENTS");
  assertEquals(state.messages, 2 * persons.length + 2);
});

Deno.test("events without any header, as the original wrote them, are a person's history like others", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  await system.startService();
  const personId = crypto.randomUUID();
  const { schema_version: _, ...created } = {
    ...personUpdated(personId, 1, "Ada"),
    event: {
      PersonCreated: {
        person_id: personId,
        name: plainName("Ada"),
        source: "original",
        created_at: "2020-01-01T00:00:00.123456Z",
      },
    },
  };
  await publishEvent(client.nc, personId, "created", created);
  await publishEvent(client.nc, personId, "updated", personUpdated(personId, 2, "Augusta"));
  const reply = await client.send(updateName(personId, "Grace"));
  assertEquals(reply, {
    aggregate_id: personId,
    version: 3,
    events_generated: 1,
    stream_sequence: 3,
  });
});

function encode(envelope: Envelope): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(envelope));
}
