/** The deployment guide's runbook for a person with an event that can't be read. */
import { assertEquals, assertMatch } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { createPerson, updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { publishEvent } from "../support/foreign_events.ts";
import { GuideHost } from "../support/guide_host.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { TestService } from "../support/service_process.ts";

Deno.test("the guide's runbook for a person that can't be read: doctor names it, and once its event is deleted from a stream restored for that, its waiting command is done", async () => {
  await using host = await GuideHost.start();
  await host.startNats(1, ["--jetstream", "--store_dir", "nats"]);
  const address = `${host.address(1)}:4222`;
  const settings = { NATS_URL: `nats://${address}`, DURABLE_COMMANDS: "true" };
  await host.run(
    `printf '%s\\n' NATS_URL=${settings.NATS_URL} DURABLE_COMMANDS=true >operator.env`,
  );
  await using nc = await connect({ servers: address });
  const jsm = await jetstreamManager(nc);
  const [damaged, whole] = [crypto.randomUUID(), crypto.randomUUID()];
  {
    await using service = await TestService.start(settings);
    const send = (command: unknown) =>
      personService(["send", JSON.stringify(command), "--durable", "--wait"], settings);
    await send(createPerson(damaged));
    await publishEvent(nc, damaged, "updated", "not an event");
    await send(createPerson(whole));
    await new InboxClient(nc).publish(updateName(damaged, "Grace"), { "Nats-Msg-Id": "waiting" });
    await service.logged(/is tried again in \d+ ms: Internal: Event at 2 of person /);
    await service.stop();
  }
  const named = new RegExp(`damaged: 1 \\(person ${damaged} at 2: Event at 2 .* can't be read`);
  assertMatch(await host.runBlocks("poisoned-find"), named);

  await host.runBlocks("poisoned-backup");
  await jsm.streams.delete("PERSON_EVENTS");
  await host.runBlocks("poisoned-restore");
  assertEquals(await jsm.streams.deleteMessage("PERSON_EVENTS", 2), true);
  const after = await host.runBlocks("poisoned-close");
  assertMatch(after, /stream "PERSON_EVENTS": was updated: deny_delete=true/);
  assertMatch(after, /histories: 2 events of 2 persons, all whole/);
  assertMatch(after, /missing messages: 1 are gone/);

  await using _service = await TestService.start(settings);
  assertEquals((await new InboxClient(nc).outcome("waiting")).version, 2);
});
