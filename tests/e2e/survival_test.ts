import { assertEquals, assertMatch } from "@std/assert";
import { eachOf, sendUntilAnswered } from "../support/callers.ts";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { freePort, TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

const PERSON_ID = "019a5c30-1234-7abc-9def-123456789abc";
/** As the documentation gives it, down to the byte. */
const DOCUMENTED_EXAMPLE =
  `{"CreatePerson":{"person_id":"${PERSON_ID}","name":{"components":{"given_names":["Test"],"family_names":["User"]},"naming_convention":"Western"},"source":"manual-test"}}`;

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const UTC_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

Deno.test("the documented example, published without reply subject and headers, is stored as version 1", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  system.client.nc.publish("person.commands.test", DOCUMENTED_EXAMPLE);
  const [event, ...others] = await until("an event is stored", async () => {
    const events = await system.events();
    return events.length > 0 && events;
  });
  assertEquals(others, []);
  const { timestamp = "", causation_id: commandId = "" } = event?.envelope ?? {};
  assertMatch(timestamp, UTC_MS);
  assertMatch(commandId, UUID_V7);
  assertEquals(event?.subject, `person.events.${PERSON_ID}.created`);
  assertEquals(event?.envelope, {
    aggregate_id: PERSON_ID,
    sequence: 1,
    event: {
      PersonCreated: {
        person_id: PERSON_ID,
        name: {
          components: {
            given_names: ["Test"],
            family_names: ["User"],
            patronymic: null,
            matronymic: null,
            prefixes: [],
            suffixes: [],
          },
          preferred_form: null,
          naming_convention: "Western",
        },
        source: "manual-test",
        created_at: timestamp,
      },
    },
    timestamp,
    correlation_id: commandId,
    causation_id: commandId,
    schema_version: 1,
  });
});

Deno.test("the documented example, requested on a fresh server, is answered with version 1", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const reply = await system.client.request(DOCUMENTED_EXAMPLE);
  assertEquals(reply.headers, undefined);
  assertEquals(
    reply.string(),
    `{"aggregate_id":"${PERSON_ID}","version":1,"events_generated":1,"stream_sequence":1}`,
  );
});

Deno.test("a person goes on at the right version after stops of the service and the server, and after kill -9", async () => {
  await using system = await TestSystem.start();
  const { client, nats } = system;
  const personId = crypto.randomUUID();
  const versionAfter = async (command: unknown) =>
    (await sendUntilAnswered(client, command)).version;

  const first = await system.startService();
  assertEquals(await versionAfter(createPerson(personId)), 1);
  assertEquals((await first.stop()).code, 0);
  const second = await system.startService();
  assertEquals(await versionAfter(updateName(personId, "after the service's stop")), 2);
  await nats.restart();
  assertEquals(await versionAfter(updateName(personId, "after the server's stop")), 3);
  await Promise.all([second.kill(), nats.kill()]);
  await nats.restart();
  await system.startService();
  assertEquals(await versionAfter(updateName(personId, "after kill -9")), 4);
  assertEquals((await system.events()).map(({ envelope }) => envelope.sequence), [1, 2, 3, 4]);
});

Deno.test("started while NATS is away, the service waits and serves once it is there", async () => {
  const port = freePort();
  await using service = await TestService.start(
    { NATS_URL: `nats://127.0.0.1:${port}` },
    { waitUntilServing: false },
  );
  await service.logged(/Cannot connect to NATS/);
  await using nats = await TestNatsServer.start({ port });
  await service.logged(/Serving /);
  await using client = await CommandClient.connect(nats.url);
  const personId = crypto.randomUUID();
  assertEquals((await client.send(createPerson(personId))).version, 1);
});

Deno.test("SIGTERM with commands in flight: each is answered and stored, and the exit status is 0", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const service = await system.startService();
  const personIds = Array.from({ length: 200 }, () => crypto.randomUUID());
  // While it is frozen, the commands pile up before it: on the thaw all of them are in flight.
  service.freeze();
  const replies = Promise.all(personIds.flatMap((personId) => [
    client.send(createPerson(personId)),
    ...["Grace", "Jean", "Joan"].map((name) => client.send(updateName(personId, name))),
  ]));
  await client.nc.flush();
  const ended = service.stop();
  service.thaw();
  assertEquals((await ended).code, 0);
  assertEquals(
    (await replies).map(({ version, error }) => version ?? error),
    personIds.flatMap(() => [1, 2, 3, 4]),
  );
  assertEquals((await system.events()).length, 800);
});

Deno.test("a rolling restart of two instances under load loses no request", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  let [older, newer] = [await system.startService(), await system.startService()];
  let isOver = false;
  function* personIds() {
    while (!isOver) yield crypto.randomUUID();
  }
  const created: string[] = [];
  // A request that gets no reply, or finds nobody to take it, ends the test.
  const load = eachOf(personIds(), 32, async (personId) => {
    const { version, error } = await client.send(createPerson(personId));
    assertEquals(version ?? error, 1);
    created.push(personId);
  });
  for (let restarts = 0; restarts < 4; restarts++) {
    const before = created.length;
    await until("both serve under load", () => created.length > before + 500);
    assertEquals((await older.stop()).code, 0);
    [older, newer] = [newer, await system.startService()];
  }
  isOver = true;
  await load;
  const stored = (await system.events()).map(({ envelope }) => envelope.aggregate_id);
  assertEquals(stored.toSorted(), created.toSorted());
});

Deno.test("SIGTERM while NATS is away, from the start or later, ends the service with exit status 0", async () => {
  await using nats = await TestNatsServer.start();
  await using service = await TestService.start({ NATS_URL: nats.url });
  await nats.kill();
  await service.logged(/Lost NATS/);
  await using waiting = await TestService.start({ NATS_URL: nats.url }, {
    waitUntilServing: false,
  });
  await waiting.logged(/Cannot connect to NATS/);
  assertEquals((await service.stop()).code, 0);
  assertEquals((await waiting.stop()).code, 0);
});
