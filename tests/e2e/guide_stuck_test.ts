/** The deployment guide's runbook for consumers that stand still, with such consumers. */
import { assertEquals, assertMatch } from "@std/assert";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { createPerson, updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { publishEvent } from "../support/foreign_events.ts";
import { GuideHost } from "../support/guide_host.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { TestService } from "../support/service_process.ts";

Deno.test("the guide's runbook for a stuck consumer: a command that fails each time and a reader that acknowledges nothing are seen, and when that is over, too", async () => {
  await using host = await GuideHost.start();
  await host.startNats(1, ["--jetstream", "--store_dir", "nats"]);
  const address = `${host.address(1)}:4222`;
  const settings = { NATS_URL: `nats://${address}`, DURABLE_COMMANDS: "true" };
  await host.run(`echo NATS_URL=${settings.NATS_URL} >operator.env`);
  await using service = await TestService.start(settings);
  await using nc = await connect({ servers: address });
  const [damaged, whole] = [crypto.randomUUID(), crypto.randomUUID()];
  const send = async (command: unknown, ...options: string[]) =>
    (await personService(["send", JSON.stringify(command), ...options], settings)).stdout;
  await publishEvent(nc, damaged, "created", "not an event");
  const jsm = await jetstreamManager(nc);
  const limits = { ack_policy: AckPolicy.Explicit, max_ack_pending: 1 };
  await jsm.consumers.add("PERSON_EVENTS", { durable_name: "audit", ...limits });
  const reader = await jetstream(nc).consumers.get("PERSON_EVENTS", "audit");
  const taken = await reader.next();
  assertMatch(await send(updateName(damaged, "Grace"), "--durable"), /^kept /);
  await service.logged(/Message 1 of PERSON_EVENTS_INBOX is tried again in 5000 ms: Internal: /);
  // Others are not held up.
  assertMatch(await send(createPerson(whole), "--durable", "--wait"), /is now at version 1 /);
  await new InboxClient(nc).emptied({ butFor: 1 });

  const [instances, consumer, ofInbox, inbox, letters] = (await host.runBlocks("stuck-consumer"))
    .split("\n");
  assertMatch(instances ?? "", /^ok +instances: 1 on /);
  assertMatch(consumer ?? "", /^warning +consumer lag: "audit" .* 1 unacknowledged, its limit: /);
  assertMatch(ofInbox ?? "", /^ok +inbox consumer: .* is as it has to be$/);
  assertMatch(
    inbox ?? "",
    /^ok +inbox lag: .* 0 to be read, .* 1 unacknowledged; the oldest, at 1,/,
  );
  assertEquals(letters, "No dead letters");

  await taken?.ackAck();
  const [, mended] = (await host.runBlocks("stuck-consumer")).split("\n");
  assertMatch(mended ?? "", /^ok +consumer lag: "audit" .* 1 to be read, .* 0 unacknowledged$/);
});
