import { assertEquals } from "@std/assert";
import { type AnyReply, createPerson, updateName } from "../support/command_client.ts";
import { merge } from "../support/every_command.ts";
import { TestSystem } from "../support/test_system.ts";

const id = (commandId: string) => ({ "Nats-Msg-Id": commandId });

Deno.test("a command sent again gives its first outcome and stores nothing, at once and after a restart", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const first = await system.startService();
  const personId = crypto.randomUUID();
  const sendBoth = async () => [
    await client.send(createPerson(personId), id("c-1")),
    await client.send(updateName(personId, "Grace"), id("c-2")),
  ];
  const outcomes = [accepted(personId, 1, 1), accepted(personId, 2, 2)];
  assertEquals(await sendBoth(), outcomes);
  assertEquals(await sendBoth(), outcomes);
  await first.kill();
  await system.startService();
  assertEquals(await sendBoth(), outcomes);
  assertEquals((await system.events()).length, 2);
});

Deno.test("a command sent again gives its first outcome, whichever of two instances stored it and whichever gets it", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  await Promise.all([system.startService(), system.startService()]);
  const personId = crypto.randomUUID();
  await client.send(createPerson(personId));
  for (let version = 2; version <= 40; version++) {
    const replies: AnyReply[] = [];
    for (let tries = 0; tries < 4; tries++) {
      replies.push(await client.send(updateName(personId, `${version}`), id(`c-${version}`)));
    }
    assertEquals(replies, Array(4).fill(accepted(personId, version, version)));
  }
  assertEquals((await system.events()).length, 40);
});

Deno.test("a person remembers its last hundred commands, over a snapshot and a restart too", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const service = await system.startService({ SNAPSHOT_FREQ: "30" });
  const personId = crypto.randomUUID();
  const rename = (n: number) => client.send(updateName(personId, `${n}`), id(`c-${n}`));
  await client.send(createPerson(personId), id("c-0"));
  for (let n = 1; n <= 100; n++) await rename(n);
  await service.stop();
  await system.startService();
  assertEquals(await rename(1), accepted(personId, 2, 2));
  assertEquals(await rename(100), accepted(personId, 101, 101));
  // Forgotten, it is a new command.
  const again = await client.send(createPerson(personId), id("c-0"));
  assertEquals([again.error?.code, again.version], ["AlreadyExists", 101]);
  // What the person forgot, the server remembers for two minutes.
  await rename(101);
  assertEquals(await rename(1), accepted(personId, 2, 2));
  assertEquals((await system.events()).length, 102);
});

Deno.test("the same command in another spelling is the same command; another payload is refused", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const { client } = system;
  const personId = crypto.randomUUID();
  await client.send(createPerson(personId), id("c-1"));
  const first = await client.send(updateName(personId, "Grace"), id("c-2"));
  const spelledOtherwise = {
    UpdateName: {
      reason: null,
      name: {
        naming_convention: { Western: null },
        components: { family_names: ["Lovelace"], suffixes: [], given_names: ["Grace"] },
        preferred_form: null,
      },
      person_id: { id: `urn:uuid:${personId.toUpperCase()}` },
    },
  };
  assertEquals(await client.send(spelledOtherwise, id("c-2")), first);
  for (const other of [updateName(personId, "Jean"), createPerson(personId)]) {
    assertEquals(await client.send(other, id("c-2")), usedBefore(personId, "c-2", 2));
  }
  assertEquals((await system.events()).length, 2);
});

Deno.test("one id for two persons is two commands", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const { client } = system;
  const personIds = [crypto.randomUUID(), crypto.randomUUID()];
  for (const [index, personId] of personIds.entries()) {
    const reply = await client.send(createPerson(personId), id("c-1"));
    assertEquals(reply, accepted(personId, 1, index + 1));
  }
  const stored = (await system.events()).map(({ envelope }) => envelope.aggregate_id);
  assertEquals(stored, personIds);
});

Deno.test("a merge's id counts for both persons", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const [source, target] = [crypto.randomUUID(), crypto.randomUUID()];
  let service = await system.startService();
  await client.send(createPerson(source), id("c-1"));
  await client.send(createPerson(target), id("c-2"));
  // Each person's earlier commands count, too.
  const merged = merge(source, target);
  for (const earlier of ["c-1", "c-2"]) {
    assertEquals(await client.send(merged, id(earlier)), usedBefore(source, earlier, 1));
  }
  const outcome = { ...accepted(source, 2, 4), events_generated: 2 };
  for (let starts = 1; starts <= 2; starts++) {
    assertEquals(await client.send(merged, id("c-3")), outcome);
    const onSource = await client.send(updateName(source, "Grace"), id("c-3"));
    assertEquals(onSource, usedBefore(source, "c-3", 2));
    const onTarget = await client.send(updateName(target, "Grace"), id("c-3"));
    assertEquals(onTarget, usedBefore(target, "c-3", 2));
    await service.stop();
    service = await system.startService();
  }
  assertEquals((await system.events()).length, 4);
});

Deno.test("a refused command's id is free: sent again, it is decided afresh", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const { client } = system;
  const personId = crypto.randomUUID();
  const early = await client.send(updateName(personId, "Grace"), id("c-1"));
  assertEquals(early.error?.code, "NotFound");
  await client.send(createPerson(personId), id("c-2"));
  const late = await client.send(updateName(personId, "Grace"), id("c-1"));
  assertEquals(late, accepted(personId, 2, 2));
});

function accepted(personId: string, version: number, streamSequence: number): AnyReply {
  return {
    aggregate_id: personId,
    version,
    events_generated: 1,
    stream_sequence: streamSequence,
  };
}

function usedBefore(personId: string, commandId: string, version: number): AnyReply {
  return {
    error: {
      code: "IdempotencyConflict",
      message:
        `Command id "${commandId}" was used before for another command: send a new command with a new id`,
    },
    aggregate_id: personId,
    version,
  };
}
