/** What the service, as a process, makes of the streams and permissions that it finds. */
import { assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { merge } from "../support/every_command.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";
import { readEvents } from "../support/stream_messages.ts";
import { TestSystem } from "../support/test_system.ts";

Deno.test("a stream that loses events ends the service with status 78; ALLOW_UNSAFE_STREAM lets it serve with a warning", async () => {
  await using system = await TestSystem.start();
  const { client, nats } = system;
  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.add({ name: "PERSON_EVENTS", subjects: ["person.events.>"], max_age: 1e12 });
  await using refused = await TestService.start({ NATS_URL: nats.url }, {
    waitUntilServing: false,
  });
  assertEquals((await refused.status).code, 78);
  await refused.logged(/max_age = .*\n.*mend it: nats stream edit PERSON_EVENTS --max-age=-1/);

  const allowed = await system.startService({ ALLOW_UNSAFE_STREAM: "true" });
  await allowed.logged(/WARN .*Unsafe stream PERSON_EVENTS: max_age/);
  assertEquals((await client.send(createPerson(crypto.randomUUID()))).version, 1);
});

Deno.test("a server whose max_payload is under 1 MiB ends the service with status 78", async () => {
  await using nats = await TestNatsServer.start({ config: "max_payload: 500000" });
  await using service = await TestService.start({ NATS_URL: nats.url }, {
    waitUntilServing: false,
  });
  assertEquals((await service.status).code, 78);
  await service.logged(/max_payload is 500000 bytes/);
});

Deno.test("another stream of exactly our subjects is adopted, and what is named after the stream follows it", async () => {
  await using system = await TestSystem.start();
  const { client } = system;
  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.add({ name: "LEGACY", subjects: ["person.events.>"], discard: "new" });
  const service = await system.startService({ SNAPSHOT_FREQ: "1" });
  const personId = crypto.randomUUID();
  assertEquals((await client.send(createPerson(personId))).version, 1);
  assertEquals((await service.stop()).code, 0);
  const [event] = await readEvents(client.nc, "LEGACY");
  assertEquals(event?.headers["Nats-Expected-Stream"], "LEGACY");
  const { state } = await jsm.streams.info("KV_LEGACY_SNAPSHOTS");
  assertEquals(state.messages, 1);
});

/** The least that the service's login needs once stream and bucket are there. */
const PERMISSIONS = `{
  publish: [
    "person.events.>", "$KV.PERSON_EVENTS_SNAPSHOTS.>", "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.INFO.PERSON_EVENTS", "$JS.API.STREAM.MSG.GET.PERSON_EVENTS",
    "$JS.API.DIRECT.GET.PERSON_EVENTS", "$JS.API.DIRECT.GET.PERSON_EVENTS.>",
    "$JS.API.STREAM.INFO.KV_PERSON_EVENTS_SNAPSHOTS",
    "$JS.API.DIRECT.GET.KV_PERSON_EVENTS_SNAPSHOTS.>"
  ]
  subscribe: ["person.commands.>", "_INBOX.person-service.>", "$SRV.>"]
  allow_responses: true
}`;

Deno.test("a login that may not make the stream is sent to person-service setup, after which it serves", async () => {
  await using nats = await TestNatsServer.start({
    config: `
      authorization { users: [
        { user: "operator", password: "o" }
        { user: "service", password: "s", permissions: ${PERMISSIONS} }
      ] }
      no_auth_user: operator`,
  });
  const settings = { NATS_URL: nats.url, NATS_USER: "service", NATS_PASSWORD: "s" };
  await using refused = await TestService.start(settings, { waitUntilServing: false });
  assertEquals((await refused.status).code, 78);
  await refused.logged(/This login may not create the stream.*person-service setup/);

  assertEquals((await personService(["setup"], { NATS_URL: nats.url })).status, 0);
  await using first = await TestService.start({ ...settings, SNAPSHOT_FREQ: "1" });
  await using client = await CommandClient.connect(nats.url);
  const [source, target] = [crypto.randomUUID(), crypto.randomUUID()];
  await client.send(createPerson(source));
  await client.send(createPerson(target));
  assertEquals((await client.send(merge(source, target))).version, 2);
  await first.stop();
  await using second = await TestService.start(settings);
  assertEquals((await client.send(updateName(target, "Grace"))).version, 3);
  assertEquals(/WARN|ERROR/.exec(first.log + second.log), null);
});
