import { assertEquals } from "@std/assert";
import { handleCommand } from "../../../src/application/handle_command.ts";
import { deliveryOf } from "../../../src/nats/inbox/delivery.ts";
import { settle } from "../../../src/nats/inbox/durable_command.ts";
import { assertThat } from "../../support/assert_that.ts";
import { createPerson, updateName } from "../../support/command_client.ts";
import { settleForgotten, settleNext, testDurable, textOf } from "../../support/durable_command.ts";
import { systemClock } from "../../support/event_store_fixture.ts";
import type { OpenedInbox } from "../../support/inbox_fixture.ts";
import { readEvents } from "../../support/stream_messages.ts";
import { received } from "../../support/test_application.ts";
import { until } from "../../support/until.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";

testDurable(
  "given a refusal whose acknowledgement was lost, when it comes again, then its outcome is the first one although it would be accepted now",
  async (opened, options) => {
    await opened.client.publish(updateName(ID, "Grace"), { "Nats-Msg-Id": "early" });
    const first = await settleNext(opened, options);
    const create = await received(createPerson(ID), { commandId: "create" });
    const { dependencies } = options.execution;
    await handleCommand(create, performance.now() + 10_000, dependencies);
    const again = await settleNext(opened, options);
    assertEquals([again.count, again.outcome], [2, first.outcome]);
    assertEquals(JSON.parse(first.outcome).error.code, "NotFound");
    const events = await readEvents(opened.caller.nc);
    assertEquals(events.map(({ envelope }) => envelope.causation_id), ["create"]);
  },
);

testDurable(
  "given an accepted command whose outcome was lost, when it comes again, then nothing is stored and its outcome is the first one",
  async (opened, options) => {
    await opened.client.publish(createPerson(ID));
    const first = await settleNext(opened, options);
    await opened.jsm.streams.purge("PERSON_EVENTS_OUTCOMES");
    const again = await settleNext(opened, options);
    assertEquals([again.count, again.outcome], [2, first.outcome]);
    assertEquals((await readEvents(opened.caller.nc)).length, 1);
  },
);

testDurable(
  "given an accepted command whose outcome was lost, when it comes again behind more commands than the person remembers, then nothing is stored",
  async (opened, options) => {
    const first = await settleForgotten(opened, options, ID);
    const again = await settleNext(opened, options);
    assertEquals([again.count, again.outcome], [2, first]);
    assertEquals((await readEvents(opened.caller.nc)).length, 103);
  },
);

testDurable(
  "given an accepted command whose outcome was lost, when it comes again behind more commands than the person remembers and would be refused now, then its outcome is the first one",
  async (opened, options) => {
    const first = await settleForgotten(opened, options, ID, { "Expected-Version": "1" });
    const again = await settleNext(opened, options);
    assertEquals([again.count, again.outcome], [2, first]);
    assertEquals(JSON.parse(first).version, 2);
  },
);

testDurable(
  "given a dead letter whose message was not taken away, when it comes again, then there is still one letter",
  async (opened, options) => {
    await opened.client.publish("no command", { "Nats-Msg-Id": "bad" });
    const first = await settleNext(opened, options);
    await opened.jsm.streams.purge("PERSON_EVENTS_OUTCOMES");
    const again = await settleNext(opened, options);
    assertEquals([again.count, again.outcome], [2, first.outcome]);
    assertEquals(await opened.client.count("DLQ"), 1);
  },
);

testDurable(
  "given an outcome of another message with the same id, when one comes again, then it is decided for itself",
  async (opened, options) => {
    await opened.client.publish(createPerson(ID), { "Nats-Msg-Id": "shared" });
    (await opened.take()).respond("-NAK");
    const otherId = crypto.randomUUID();
    const earlier = await opened.take();
    await settle(earlier, deliveryOf(earlier), options);
    earlier.respond("+ACK");
    // The server drops a message of the same id for a while.
    await untilTaken(opened, createPerson(otherId), "shared");
    (await opened.take()).respond("-NAK");
    const { count, outcome } = await settleNext(opened, options);
    assertEquals([count, JSON.parse(outcome).aggregate_id], [2, otherId]);
  },
);

testDurable(
  "given a refusal that waits for an earlier command, when another instance has refused it meanwhile, then that stands although it would be accepted now",
  async (opened, options) => {
    await opened.client.publish(createPerson(crypto.randomUUID()));
    const earlier = await opened.take();
    await opened.client.publish(updateName(ID, "Grace"), { "Nats-Msg-Id": "early" });
    const message = await opened.take();
    const delivery = deliveryOf(message);
    const waits = Promise.withResolvers<void>();
    const settling = settle(message, delivery, options, waits.resolve);
    await waits.promise;
    const refusal = { error: { code: "NotFound" as const, message: "no such person" } };
    await options.outcomes.store("early", delivery, refusal);
    const create = await received(createPerson(ID), { commandId: "create" });
    await handleCommand(create, performance.now() + 10_000, options.execution.dependencies);
    earlier.respond("+ACK");
    const settlement = await settling;
    assertThat("settled" in settlement);
    assertEquals(textOf(settlement.settled), JSON.stringify(refusal));
    const events = await readEvents(opened.caller.nc);
    assertEquals(events.map(({ envelope }) => envelope.causation_id), ["create"]);
  },
);

testDurable(
  "given a command that waits for its person, when another instance has refused it meanwhile, then nothing is stored and that stands",
  async (opened, options) => {
    const { execution } = options;
    const { queues, dependencies } = execution;
    let waitedMs = 0;
    const clock = { ...systemClock, monotonicMs: () => performance.now() + waitedMs };
    const waiting = {
      ...options,
      execution: { ...execution, dependencies: { ...dependencies, clock } },
    };
    const held = Promise.withResolvers<void>();
    const holding = queues.run([ID], 1, performance.now() + 10_000, () => held.promise);
    await opened.client.publish(createPerson(ID), { "Nats-Msg-Id": "create" });
    const message = await opened.take();
    const settling = settle(message, deliveryOf(message), waiting);
    await until("it waits", () => queues.size === 2);
    waitedMs = 100;
    const refusal = { error: { code: "InvalidStateTransition" as const, message: "not now" } };
    await options.outcomes.store("create", deliveryOf(message), refusal);
    held.resolve();
    await holding;
    const settlement = await settling;
    assertThat("settled" in settlement);
    assertEquals(textOf(settlement.settled), JSON.stringify(refusal));
    assertEquals(await readEvents(opened.caller.nc), []);
  },
);

testDurable(
  "given two instances at work on one message, when both store an outcome, then the first one stands for both",
  async (opened, { outcomes }) => {
    await opened.client.publish("x", { "Nats-Msg-Id": "shared" });
    const delivery = deliveryOf(await opened.take());
    const [refused, accepted] = [
      { error: { code: "NotFound" as const, message: "no such person" } },
      { aggregate_id: ID, version: 1, events_generated: 1, stream_sequence: 1 },
    ];
    const first = await outcomes.store("shared", delivery, refused);
    const second = await outcomes.store("shared", delivery, accepted);
    assertEquals(textOf(second), textOf(first));
    assertEquals([...second.headers], [...first.headers]);
    const ofAnother = { ...delivery, sequence: 2 };
    assertEquals(
      textOf(await outcomes.store("shared", ofAnother, accepted)),
      JSON.stringify(accepted),
    );
    assertEquals((await opened.client.outcome("shared")).version, 1);
  },
);

async function untilTaken(opened: OpenedInbox, command: unknown, id: string): Promise<void> {
  await until("the message is stored", async () => {
    const { duplicate } = await opened.client.publish(command, { "Nats-Msg-Id": id });
    return !duplicate;
  });
}
