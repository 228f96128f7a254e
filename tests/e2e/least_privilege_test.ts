import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { NatsConnection } from "@nats-io/transport-node";
import { bucketInfo } from "../../src/nats/snapshot_store.ts";
import { jetstream } from "@nats-io/jetstream";
import { type AnyReply, createPerson, updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { merge } from "../support/every_command.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { NatsWithLogins } from "../support/nats_with_logins.ts";
import { until } from "../support/until.ts";

Deno.test("under the logins of deployment/nats: set up by the operator, the service serves the client, writes snapshots, and goes on after a restart", async () => {
  await using nats = await NatsWithLogins.start();
  const operator = await nats.connect("operator");
  const client = await nats.connect("client");
  assertEquals((await personService(["setup"], nats.settingsOf("operator"))).status, 0);

  const [ada, grace] = [crypto.randomUUID(), crypto.randomUUID()];
  const first = await nats.startService({ SNAPSHOT_FREQ: "3" });
  for (const person of [ada, grace]) {
    assertEquals(await versionAfter(client, createPerson(person)), 1);
  }
  for (const version of [2, 3, 4]) {
    assertEquals(await versionAfter(client, updateName(ada, "A")), version);
  }
  await until(
    "the snapshot is written",
    async () =>
      (await bucketInfo(jetstream(operator), "PERSON_EVENTS_SNAPSHOTS"))?.state.messages === 1,
  );
  assertEquals((await first.stop()).code, 0);

  // This one has Ada to load from a snapshot, and Grace along her history.
  const second = await nats.startService({ SNAPSHOT_FREQ: "3" });
  assertEquals(await versionAfter(client, merge(grace, ada)), 2);
  await nats.server.restart();
  await second.logged(/Back at NATS(.|\n)*Back at NATS/);
  await until("the client is back", () => client.rtt());
  assertEquals(await until("it serves again", () => versionAfter(client, updateName(ada, "B"))), 6);
  assertEquals((await second.stop()).code, 0);
  for (const login of ["service", "operator", "client"] as const) {
    assertEquals(await nats.violations(login), []);
  }
});

Deno.test("under the logins of deployment/nats: before the set-up the service is refused, and told about setup", async () => {
  await using nats = await NatsWithLogins.start();
  const { status, stderr } = await personService(["serve"], nats.settingsOf("service"));
  assertEquals(status, 78);
  assertStringIncludes(stderr, "person-service setup");
});

Deno.test("under the logins of deployment/nats: durable commands are executed, and the client gets their outcomes both ways", async () => {
  await using nats = await NatsWithLogins.start();
  const durable = { DURABLE_COMMANDS: "true" };
  const operator = { ...nats.settingsOf("operator"), ...durable };
  assertEquals((await personService(["setup"], operator)).status, 0);
  await nats.startService(durable);
  const client = await nats.connect("client");
  const sent: unknown[] = [];
  client.subscribe("_INBOX_client.outcomes.mine", {
    callback: (_error, answer) => void sent.push(answer.json()),
  });
  const inbox = new InboxClient(client);
  const replyTo = { "Reply-To": "_INBOX_client.outcomes.mine" };
  const person = crypto.randomUUID();
  await inbox.publish(createPerson(person), { "Nats-Msg-Id": "good", ...replyTo });
  await inbox.publish("no command", { "Nats-Msg-Id": "bad", ...replyTo });
  await until("both outcomes have come", () => sent.length === 2);
  const kept = await Promise.all(["good", "bad"].map(async (id) => {
    const outcome = `$JS.API.DIRECT.GET.PERSON_EVENTS_OUTCOMES.person.outcomes.${id}`;
    return (await client.request(outcome)).json();
  }));
  assertEquals(new Set(sent), new Set(kept));
  for (const login of ["service", "operator", "client"] as const) {
    assertEquals(await nats.violations(login), []);
  }
});

Deno.test("under the logins of deployment/nats: an outcome that a caller wants where the service may not publish is kept all the same", async () => {
  await using nats = await NatsWithLogins.start();
  const durable = { DURABLE_COMMANDS: "true" };
  const operator = { ...nats.settingsOf("operator"), ...durable };
  assertEquals((await personService(["setup"], operator)).status, 0);
  const service = await nats.startService(durable);
  const inbox = new InboxClient(await nats.connect("client"));
  const headers = { "Nats-Msg-Id": "elsewhere", "Reply-To": "foo.bar" };
  await inbox.publish(createPerson(crypto.randomUUID()), headers);
  await service.logged(/NATS did not let out the outcome of a durable command to foo\.bar, /);
  assertEquals(service.log.includes("let out a reply"), false);
  const kept = new InboxClient(await nats.connect("operator"));
  assertEquals((await kept.outcome("elsewhere")).version, 1);
});

Deno.test("under the logins of deployment/nats: a client reads the outcomes of others with a wildcard; without the lines that users.conf names it reads none, and gets its own by Reply-To", async () => {
  const direct = "$JS.API.DIRECT.GET.PERSON_EVENTS_OUTCOMES";
  const durable = { DURABLE_COMMANDS: "true" };
  for (const isAllowed of [true, false]) {
    await using nats = await NatsWithLogins.start((users) => {
      const lines = users.split("\n");
      const others = lines.filter((line) => !line.includes(`"${direct}`));
      assertEquals(lines.length - others.length, 3);
      return (isAllowed ? lines : others).join("\n");
    });
    const operator = { ...nats.settingsOf("operator"), ...durable };
    assertEquals((await personService(["setup"], operator)).status, 0);
    await nats.startService(durable);
    const client = await nats.connect("client");
    const answers = client.subscribe("_INBOX_client.outcomes.mine", { max: 1, timeout: 15_000 });
    const person = crypto.randomUUID();
    const replyTo = { "Reply-To": "_INBOX_client.outcomes.mine" };
    await new InboxClient(client).publish(createPerson(person), replyTo);
    for await (const answer of answers) {
      assertEquals(answer.json<AnyReply>().aggregate_id, person);
    }
    const asked = client.request(`${direct}.person.outcomes.>`, "", { timeout: 15_000 });
    if (isAllowed) assertEquals((await asked).json<AnyReply>().aggregate_id, person);
    else await assertRejects(() => asked, Error, "Permissions Violation");
  }
});

Deno.test("under the logins of deployment/nats: person-service send works as the client with its inbox prefix, durably, too", async () => {
  await using nats = await NatsWithLogins.start();
  const durable = { DURABLE_COMMANDS: "true" };
  const operator = { ...nats.settingsOf("operator"), ...durable };
  assertEquals((await personService(["setup"], operator)).status, 0);
  await nats.startService(durable);
  const person = crypto.randomUUID();
  const send = (command: unknown, ...options: string[]) =>
    personService(
      ["send", JSON.stringify(command), "--inbox-prefix", "_INBOX_client", ...options],
      nats.settingsOf("client"),
    );
  assertStringIncludes((await send(createPerson(person))).stdout, "is now at version 1");
  const kept = await send(updateName(person, "Grace"), "--durable", "--wait");
  assertStringIncludes(kept.stdout, "is now at version 2");
  assertEquals(await nats.violations("client"), []);
});

Deno.test("under the logins of deployment/nats: set up without durable commands, an instance that is to take them is told about setup", async () => {
  await using nats = await NatsWithLogins.start();
  assertEquals((await personService(["setup"], nats.settingsOf("operator"))).status, 0);
  const settings = { ...nats.settingsOf("service"), DURABLE_COMMANDS: "true" };
  const { status, stderr } = await personService(["serve"], settings);
  assertEquals(status, 78);
  assertStringIncludes(
    stderr,
    'This login may not make the stream "PERSON_EVENTS_INBOX". Run once, with an operator\'s login: person-service setup, with DURABLE_COMMANDS=true',
  );
});

async function versionAfter(client: NatsConnection, command: unknown): Promise<number | undefined> {
  const message = await client.request("person.commands.x", JSON.stringify(command), {
    timeout: 15_000,
  });
  return message.json<AnyReply>().version;
}
