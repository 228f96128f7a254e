/** A consumer that was made anew delivers what waits as if for the first time. */
import { assertEquals } from "@std/assert";
import { handleCommand } from "../../../src/application/handle_command.ts";
import { deliveryOf } from "../../../src/nats/inbox/delivery.ts";
import type { SettlingOptions } from "../../../src/nats/inbox/durable_command.ts";
import { ensureInboxConsumer } from "../../../src/nats/inbox/inbox_consumer.ts";
import { INBOX_CONSUMER } from "../../../src/nats/inbox/inbox_consumer_settings.ts";
import { createPerson, updateName } from "../../support/command_client.ts";
import { settleForgotten, settleNext, testDurable } from "../../support/durable_command.ts";
import type { OpenedInbox } from "../../support/inbox_fixture.ts";
import { readEvents } from "../../support/stream_messages.ts";
import { received } from "../../support/test_application.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";

testDurable(
  "given a consumer that was made anew, when an accepted command without outcome comes behind more commands than the person remembers, then its outcome is the first one",
  async (opened, options) => {
    const first = await settleForgotten(opened, options, ID, { "Expected-Version": "1" });
    await remakeConsumer(opened);
    const again = await settleNext(opened, inSeconds(5, options));
    assertEquals([again.count, again.outcome], [1, first]);
    assertEquals(JSON.parse(first).version, 2);
  },
);

for (const seconds of [5, 0, -5]) {
  testDurable(
    `given a consumer that was made anew, when a refused command comes, then its outcome is the first one although it would be accepted now (clock ${seconds} s off)`,
    async (opened, options) => {
      await opened.client.publish(updateName(ID, "Grace"), { "Nats-Msg-Id": "early" });
      const first = await settleNext(opened, options);
      assertEquals(JSON.parse(first.outcome).error.code, "NotFound");
      const create = await received(createPerson(ID), { commandId: "create" });
      await handleCommand(create, performance.now() + 10_000, options.execution.dependencies);
      await remakeConsumer(opened);
      const again = await settleNext(opened, inSeconds(seconds, options));
      assertEquals([again.count, again.outcome], [1, first.outcome]);
      const events = await readEvents(opened.caller.nc);
      assertEquals(events.map(({ envelope }) => envelope.causation_id), ["create"]);
    },
  );
}

testDurable(
  "given an inbox and events that were restored beside a newer outcome, when its accepted command comes, then it is done, and the outcome tells of that",
  async (opened, options) => {
    const first = await received(createPerson(ID));
    const { dependencies } = options.execution;
    await handleCommand(first, performance.now() + 10_000, dependencies);
    await opened.client.publish(updateName(ID, "Grace"), { "Nats-Msg-Id": "rename" });
    const delivery = deliveryOf(await opened.take());
    // Of an event that the backup does not have.
    const lost = { aggregate_id: ID, version: 2, events_generated: 1, stream_sequence: 7 };
    await options.outcomes.store("rename", delivery, lost);
    await remakeConsumer(opened);
    const { outcome } = await settleNext(opened, inSeconds(5, options));
    const { version, stream_sequence } = await opened.client.outcome("rename");
    assertEquals([version, stream_sequence], [2, 2]);
    assertEquals(JSON.parse(outcome).stream_sequence, 2);
    assertEquals((await readEvents(opened.caller.nc)).length, 2);
  },
);

async function remakeConsumer({ jsm }: OpenedInbox): Promise<void> {
  await jsm.consumers.delete("PERSON_EVENTS_INBOX", INBOX_CONSUMER);
  await ensureInboxConsumer(jsm, "PERSON_EVENTS_INBOX");
}

/** The same by a clock that is so much further. */
function inSeconds(seconds: number, options: SettlingOptions): SettlingOptions {
  const { dependencies } = options.execution;
  const now = () => new Date(Date.now() + seconds * 1_000).toISOString();
  const clock = { ...dependencies.clock, now };
  const execution = { ...options.execution, dependencies: { ...dependencies, clock } };
  return { ...options, execution };
}
