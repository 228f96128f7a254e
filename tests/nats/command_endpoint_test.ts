import { assertEquals } from "@std/assert";
import { connect, type NatsConnection, RequestError } from "@nats-io/transport-node";
import type { EventStore } from "../../src/application/ports.ts";
import { PastCommands } from "../../src/application/past_commands.ts";
import { PersonCache } from "../../src/application/person_cache.ts";
import { FIXED_QUEUE_LIMITS, PersonQueues } from "../../src/application/person_queues.ts";
import { CommandEndpoint } from "../../src/nats/command_endpoint.ts";
import { subjectsOf } from "../../src/nats/subjects.ts";
import { CapturedLog } from "../support/captured_log.ts";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { openEventStore, systemClock } from "../support/event_store_fixture.ts";
import { MemorySnapshotStore } from "../support/memory_snapshot_store.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { publishRaw } from "../support/publish_raw.ts";
import { readEvents } from "../support/stream_messages.ts";
import { until } from "../support/until.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";

Deno.test("CommandEndpoint: given a reply subject among the events, when answered, then no event is made of it", async () => {
  await using opened = await open();
  const { client } = opened;
  const log = new CapturedLog();
  const subjects = [
    `person.events.${ID}.created`,
    "person.events.x",
    "$KV.PERSON_EVENTS_SNAPSHOTS.x",
    "$JS.API.STREAM.PURGE.PERSON_EVENTS",
  ];
  for (const reply of subjects) {
    client.nc.publish("person.commands.x", "not a command", { reply });
  }
  client.nc.publish("person.commands.x", JSON.stringify(createPerson(ID)), {
    reply: `person.events.${ID}.created`,
  });
  await log.waitFor("without a reply subject failed: ParseError", 4);
  assertEquals((await client.send(updateName(ID, "Grace"))).version, 2);
  const events = await readEvents(client.nc);
  assertEquals(events.map(({ envelope }) => Object.keys(envelope.event)), [
    ["PersonCreated"],
    ["NameUpdated"],
  ]);
});

Deno.test("CommandEndpoint: given headers that nobody can read, when answered, then they are refused and others served", async () => {
  await using opened = await open();
  const { client, url } = opened;
  const replies = client.nc.subscribe("answers", { max: 2 });
  await client.nc.flush();
  const bomb = Array.from({ length: 150_000 }, (_, n) => `${n.toString(36)}:\r\n`).join("");
  await publishRaw(url, "person.commands.x", "answers", bomb, JSON.stringify(createPerson(ID)));
  await publishRaw(url, "person.commands.x", "answers", "two words: 1\r\n", "{}");
  const found: unknown[] = [];
  for await (const reply of replies) {
    const { error } = reply.json<{ error: { code: string; details?: { path: string }[] } }>();
    found.push([error.code, error.details?.map(({ path }) => path)]);
  }
  assertEquals(found, [["ValidationError", ["headers"]], ["ParseError", undefined]]);
  const log = new CapturedLog();
  await publishRaw(url, "person.commands.x", "", bomb, "{}");
  await log.waitFor("failed: ParseError");
  assertEquals((await client.send(createPerson(ID))).version, 1);
});

Deno.test("CommandEndpoint: given a command under way, when drained, then it is answered first, and none is taken after it", async () => {
  const order: string[] = [];
  const written = Promise.withResolvers<void>();
  const mayWrite = Promise.withResolvers<void>();
  await using opened = await open((events) => ({
    readLast: (...args) => events.readLast(...args),
    readTail: (...args) => events.readTail(...args),
    readFrom: (...args) => events.readFrom(...args),
    append: async (...args) => {
      written.resolve();
      await mayWrite.promise;
      const result = await events.append(...args);
      order.push(result.outcome);
      return result;
    },
  }));
  const { client, endpoint } = opened;
  const answered = client.send(createPerson(ID));
  await written.promise;
  const drained = endpoint.drain().then(() => order.push("drained"));
  await until("no further command is taken", () =>
    client.request("not a command").then(
      () => false,
      (error) => error instanceof RequestError && error.isNoResponders(),
    ));
  mayWrite.resolve();
  await drained;
  assertEquals([order, (await answered).version], [["stored", "drained"], 1]);
});

/**
 * A server, an endpoint on it and a caller.
 * @param between the endpoint and the event store
 */
async function open(between = (events: EventStore): EventStore => events) {
  const server = await TestNatsServer.start();
  const events = await openEventStore(server.url);
  const nc: NatsConnection = await connect({ servers: server.url.replace("nats://", "") });
  const client = await CommandClient.connect(server.url);
  const limits = { maxInFlight: 256, maxQueued: 10_000, ...FIXED_QUEUE_LIMITS };
  const endpoint = new CommandEndpoint({
    nc,
    subjects: subjectsOf("person"),
    queues: new PersonQueues(limits, systemClock),
    dependencies: {
      stores: { events: between(events.store), snapshots: new MemorySnapshotStore() },
      cache: new PersonCache(1_000_000),
      past: new PastCommands(),
      clock: systemClock,
      maxConflictRetries: 10,
      onStored: () => {},
      onLoaded: () => {},
    },
    commandTimeoutMs: 5_000,
  });
  await nc.flush();
  return {
    client,
    endpoint,
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await endpoint.drain();
      await nc.close();
      await client[Symbol.asyncDispose]();
      await events[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
