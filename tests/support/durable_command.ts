/**
 * Durable commands, settled one by one.
 *
 * @module
 */
import { handleCommand } from "../../src/application/handle_command.ts";
import { deliveryOf } from "../../src/nats/inbox/delivery.ts";
import { settle, type SettlingOptions } from "../../src/nats/inbox/durable_command.ts";
import type { OutcomeMessage } from "../../src/nats/inbox/outcomes.ts";
import { createPerson, updateName } from "./command_client.ts";
import { OpenedInbox } from "./inbox_fixture.ts";
import { received } from "./test_application.ts";

/** A test with an inbox, and what settles its messages. */
export function testDurable(
  sentence: string,
  run: (opened: OpenedInbox, options: SettlingOptions) => Promise<void>,
): void {
  Deno.test(`Durable command: ${sentence}`, async () => {
    await using opened = await OpenedInbox.open();
    await run(opened, await opened.prepare());
  });
}

/** Settles the next message and leaves it to be delivered again. */
export async function settleNext(
  opened: OpenedInbox,
  options: SettlingOptions,
): Promise<{ count: number; outcome: string }> {
  const message = await opened.take();
  const delivery = deliveryOf(message);
  const settlement = await settle(message, delivery, options);
  message.respond("-NAK");
  if ("held" in settlement) throw new Error(settlement.held.message);
  if ("again" in settlement) throw new Error(settlement.again.message);
  return { count: delivery.count, outcome: textOf(settlement.settled) };
}

/**
 * Settles a rename to version 2 whose outcome is lost, and stores more commands behind it than its person remembers.
 * Gives the outcome.
 */
export async function settleForgotten(
  opened: OpenedInbox,
  options: SettlingOptions,
  personId: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const execute = async (json: unknown) =>
    await handleCommand(
      await received(json),
      performance.now() + 10_000,
      options.execution.dependencies,
    );
  await execute(createPerson(personId));
  await opened.client.publish(updateName(personId, "Grace"), headers);
  const { outcome } = await settleNext(opened, options);
  await opened.jsm.streams.purge("PERSON_EVENTS_OUTCOMES");
  for (let n = 0; n < 101; n++) await execute(updateName(personId, `Ada ${n}`));
  return outcome;
}

/** What an outcome says. */
export function textOf({ payload }: OutcomeMessage): string {
  return typeof payload === "string" ? payload : new TextDecoder().decode(payload);
}
