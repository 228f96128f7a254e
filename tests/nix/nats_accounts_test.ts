import { assertEquals, assertRejects } from "@std/assert";
import { AuthorizationError, connect, type NatsConnection } from "@nats-io/transport-node";
import { loadConfig } from "../../src/config.ts";
import { connectionOptions } from "../../src/nats/connect.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { merge } from "../support/every_command.ts";
import { NatsWithAccounts } from "./nats_with_accounts.ts";
import { nixTest } from "./nix_instantiate.ts";

nixTest(
  "NATS accounts: given the service's key, when it serves anew and after a restart, then nothing is refused to it",
  async () => {
    await using nats = await NatsWithAccounts.start();
    const caller = await nats.connect(nats.caller);
    const [ada, grace] = [crypto.randomUUID(), crypto.randomUUID()];
    await using first = await nats.startService({ SNAPSHOT_FREQ: "3" });
    for (const person of [ada, grace]) await accepted(caller, createPerson(person));
    for (const person of [ada, ada, grace]) await accepted(caller, updateName(person, "Augusta"));
    await first.stop();
    // This one has Ada to load from a snapshot, and Grace along her history.
    await using second = await nats.startService({ SNAPSHOT_FREQ: "3" });
    await accepted(caller, merge(grace, ada));
    await second.stop();
    await caller.close();
    assertEquals(await nats.violations(), []);
  },
);

nixTest(
  "NATS accounts: given a caller's key, when it sends durable commands, then it gets their outcomes",
  async () => {
    await using nats = await NatsWithAccounts.start();
    await using _service = await nats.startService({ DURABLE_COMMANDS: "true" });
    await using caller = await nats.connect(nats.caller);
    const answers = caller.subscribe(`_INBOX_${nats.caller.getPublicKey()}.outcomes.mine`, {
      max: 2,
    });
    const inbox = new InboxClient(caller);
    const person = crypto.randomUUID();
    const replyTo = { "Reply-To": `_INBOX_${nats.caller.getPublicKey()}.outcomes.mine` };
    await inbox.publish(createPerson(person), { "Nats-Msg-Id": "good", ...replyTo });
    await inbox.publish("no command", { "Nats-Msg-Id": "bad", ...replyTo });
    const outcomes: unknown[] = [];
    for await (const answer of answers) outcomes.push(answer.json());
    const read = async (id: string) => {
      const subject = `$JS.API.DIRECT.GET.PERSON_EVENTS_OUTCOMES.person.outcomes.${id}`;
      return (await caller.request(subject)).json();
    };
    assertEquals(new Set(outcomes), new Set([await read("good"), await read("bad")]));
    assertEquals(await nats.violations(), []);
  },
);

nixTest(
  "NATS accounts: given the service's key, when it is to take events away, then it may not",
  async () => {
    await using nats = await NatsWithAccounts.start();
    await using _service = await nats.startService();
    await using nc = await nats.connect(nats.service);
    for (const verb of ["UPDATE", "PURGE", "DELETE", "RESTORE", "MSG.DELETE"]) {
      for (const name of ["", "_INBOX", "_OUTCOMES", "_DLQ"]) {
        nc.publish(`$JS.API.STREAM.${verb}.PERSON_EVENTS${name}`, "{}");
      }
      nc.publish(`$JS.API.STREAM.${verb}.KV_PERSON_EVENTS_SNAPSHOTS`, "{}");
    }
    nc.publish("person.commands.x", "{}");
    nc.publish("person.inbox.x", "{}");
    await nc.flush();
    assertEquals((await nats.violations()).length, 27);
  },
);

nixTest(
  "NATS accounts: given a caller's key, when it does more than sending commands, then it may not",
  async () => {
    await using nats = await NatsWithAccounts.start();
    await using _service = await nats.startService();
    await using caller = await nats.connect(nats.caller);
    caller.publish("person.events.x.created", "{}");
    caller.publish("$JS.API.STREAM.INFO.PERSON_EVENTS", "{}");
    caller.publish("$KV.PERSON_EVENTS_SNAPSHOTS.x", "{}");
    for (const subject of ["person.>", "_INBOX.>", "_INBOX_*.>", "$JS.>", "$KV.>"]) {
      caller.subscribe(subject, { callback: () => {} });
    }
    await caller.flush();
    assertEquals((await nats.violations()).length, 8);
  },
);

nixTest(
  "NATS accounts: given a caller's key, when it wants answers where they do harm, then nothing is taken away or stored",
  async () => {
    await using nats = await NatsWithAccounts.start();
    await using _service = await nats.startService({ DURABLE_COMMANDS: "true" });
    await using caller = await nats.connect(nats.caller);
    await using operator = await nats.connect(nats.operator);
    await accepted(caller, createPerson(crypto.randomUUID()));
    const asked = [
      "person.commands.x",
      "person.inbox.x",
      "$JS.API.DIRECT.GET.PERSON_EVENTS_OUTCOMES.person.outcomes.none",
    ];
    const harmed = ["$JS.API.STREAM.DELETE.PERSON_EVENTS", "person.events.x.name_updated"];
    for (const subject of asked) {
      for (const reply of harmed) caller.publish(subject, "", { reply });
    }
    await caller.flush();
    // Answered after all that came before it.
    await accepted(caller, createPerson(crypto.randomUUID()));
    const info = await operator.request("$JS.API.STREAM.INFO.PERSON_EVENTS");
    assertEquals(info.json<{ state?: { messages: number } }>().state?.messages, 2);
  },
);

nixTest(
  "NATS accounts: given no callers, when the server starts, then the service serves",
  async () => {
    await using nats = await NatsWithAccounts.start({ callers: false });
    await using service = await nats.startService({ DURABLE_COMMANDS: "true" });
    assertEquals(await nats.violations(), []);
    await service.stop();
  },
);

nixTest("NATS accounts: given no key, when connecting, then nobody is let in", async () => {
  await using nats = await NatsWithAccounts.start();
  const options = await connectionOptions(loadConfig({ NATS_URL: nats.server.url }), "test");
  await assertRejects(() => connect(options), AuthorizationError);
});

nixTest(
  "NATS accounts: given an operator's key, when it looks into the stream, then it may",
  async () => {
    await using nats = await NatsWithAccounts.start();
    await using _service = await nats.startService();
    await using operator = await nats.connect(nats.operator);
    const info = await operator.request("$JS.API.STREAM.INFO.PERSON_EVENTS");
    assertEquals(info.json<{ config: { name: string } }>().config.name, "PERSON_EVENTS");
  },
);

async function accepted(caller: NatsConnection, command: unknown): Promise<void> {
  const reply = await caller.request("person.commands.x", JSON.stringify(command), {
    timeout: 15_000,
  });
  const { error } = reply.json<{ error?: unknown }>();
  assertEquals(error, undefined);
}
