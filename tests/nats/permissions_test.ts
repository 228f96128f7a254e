import { assertEquals, assertRejects } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { toSnapshot } from "../../src/application/loaded_person.ts";
import { type EventStorage, openEventStorage } from "../../src/nats/event_storage.ts";
import { StartupRefused } from "../../src/nats/startup_refused.ts";
import { assertThat } from "../support/assert_that.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { defaultStreamSettings, systemClock } from "../support/event_store_fixture.ts";
import { merge } from "../support/every_command.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestApplication } from "../support/test_application.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";
const BUCKET = "PERSON_EVENTS_SNAPSHOTS";

/** All that the service publishes once stream and bucket are there. */
const LEAST = [
  "person.events.>",
  "$JS.API.STREAM.INFO.PERSON_EVENTS",
  "$JS.API.STREAM.MSG.GET.PERSON_EVENTS",
  "$JS.API.DIRECT.GET.PERSON_EVENTS",
  `$JS.API.STREAM.INFO.KV_${BUCKET}`,
  `$JS.API.DIRECT.GET.KV_${BUCKET}.>`,
  `$KV.${BUCKET}.>`,
];

Deno.test("Permissions: given the least, when stream and bucket are set up, then all is done under them", async () => {
  await using server = await serverAllowing(LEAST);
  await withStorage(server, "operator", () => Promise.resolve());
  await withStorage(server, "service", async (storage) => {
    const service = new TestApplication(storage.events);
    for (const id of [ID, OTHER_ID]) await service.accept(createPerson(id));
    for (let n = 0; n < 50; n++) await service.accept(updateName(ID, `Ada ${n}`));
    await service.accept(merge(ID, OTHER_ID), { commandId: "merge" });
    const person = service.stored.at(-1);
    const snapshot = person && toSnapshot(person, "2026-01-02T03:04:05Z");
    assertThat(snapshot);
    const { personId } = snapshot;
    await storage.snapshots.write(snapshot);
    assertEquals(await storage.snapshots.read(personId), snapshot);
    // Another instance, which loads both: one by batch, the other from its snapshot.
    const other = new TestApplication(storage.events, { stores: storage });
    const outcome = await other.accept(merge(ID, OTHER_ID), { commandId: "merge" });
    assertEquals([outcome.version, outcome.eventsGenerated], [52, 2]);
  });
});

Deno.test("Permissions: given the least, when nothing is set up, then the refusal names setup", async () => {
  await using server = await serverAllowing(LEAST);
  const refusal = await assertRejects(() => withStorage(server, "service"), StartupRefused);
  assertEquals(
    refusal.message,
    "This login may not create the stream. Run once, with an operator's login: person-service setup",
  );
  await using withStream = await serverAllowing([...LEAST, "$JS.API.STREAM.CREATE.PERSON_EVENTS"]);
  const ofBucket = await assertRejects(() => withStorage(withStream, "service"), StartupRefused);
  assertEquals(
    ofBucket.message,
    `This login may not make the bucket "${BUCKET}". Run once, with an operator's login: person-service setup`,
  );
});

Deno.test("Permissions: given a stream that lacks a setting, when it may not be updated, then the refusal names setup", async () => {
  await using server = await serverAllowing(LEAST);
  await withStorage(server, "operator", async (_, nc) => {
    const jsm = await jetstreamManager(nc);
    await jsm.streams.update("PERSON_EVENTS", { allow_atomic: false });
  });
  const { message } = await assertRejects(() => withStorage(server, "service"), StartupRefused);
  assertEquals(message.startsWith("This login may not update the stream."), true, message);
});

Deno.test("Permissions: given one that is lacking, when opened, then it is refused by its name", async () => {
  const needed = LEAST.filter((subject) => subject.includes("STREAM.INFO"));
  for (const subject of needed) {
    await using server = await serverAllowing(LEAST.filter((each) => each !== subject));
    await withStorage(server, "operator", () => Promise.resolve());
    const { message } = await assertRejects(() => withStorage(server, "service"), StartupRefused);
    assertEquals(
      message,
      `This login lacks a permission: Permissions Violation for Publish to "${subject}"`,
    );
  }
});

Deno.test("Permissions: given a login that may not store or read, when a command comes, then it fails at once", async () => {
  for (const lacking of ["person.events.>", "$JS.API.STREAM.MSG.GET.PERSON_EVENTS"]) {
    await using server = await serverAllowing(LEAST.filter((each) => each !== lacking));
    await withStorage(server, "operator", async ({ events }) => {
      await new TestApplication(events).accept(createPerson(ID));
    });
    await withStorage(server, "service", async ({ events }) => {
      const service = new TestApplication(events);
      const startedMs = performance.now();
      await assertRejects(
        () => service.handle(createPerson(ID), {}, performance.now() + 20_000),
        Error,
        "Permissions Violation",
      );
      assertEquals(performance.now() - startedMs < 15_000, true);
    });
  }
});

/** A server with a user who may do everything and one who may publish these subjects. */
async function serverAllowing(subjects: string[]): Promise<TestNatsServer> {
  const permissions = `{
    publish: ${JSON.stringify(subjects)}
    subscribe: ["_INBOX.person-service.>", "person.commands.>", "$SRV.>"]
    allow_responses: true
  }`;
  return await TestNatsServer.start({
    config: `authorization { users: [
      { user: operator, password: secret }
      { user: service, password: secret, permissions: ${permissions} }
    ] }`,
  });
}

/** Opens the event storage as this user. */
async function withStorage(
  server: TestNatsServer,
  user: "operator" | "service",
  use: (storage: EventStorage, nc: NatsConnection) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const servers = server.url.replace("nats://", "");
  const inboxPrefix = "_INBOX.person-service";
  const nc = await connect({ servers, user, pass: "secret", inboxPrefix });
  const incidents = { onRemade: () => {}, onRefused: () => {} };
  try {
    await use(await openEventStorage(nc, defaultStreamSettings, systemClock, incidents), nc);
  } finally {
    await nc.close();
  }
}
