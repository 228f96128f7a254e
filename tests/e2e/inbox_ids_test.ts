/** One id on two messages of the inbox. */
import { assertEquals } from "@std/assert";
import { createPerson, updateName } from "../support/command_client.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

Deno.test("a durable command with an id that another payload has: at once it is a duplicate for the server and never decided, later it is an IdempotencyConflict", async () => {
  await using system = await TestSystem.start();
  const inbox = new InboxClient(system.client.nc);
  await system.startService({ DURABLE_COMMANDS: "true" });
  const personId = crypto.randomUUID();
  await system.client.send(createPerson(personId));
  let id = "";
  const first = await until("two messages with one id come at the same time", async () => {
    id = crypto.randomUUID();
    const header = { "Nats-Msg-Id": id };
    const [first, second] = await Promise.all([
      inbox.publish(updateName(personId, "Grace"), header),
      inbox.publish(updateName(personId, "Jean"), header),
    ]);
    return second.duplicate && second.seq === first.seq && first;
  });
  await inbox.emptied();
  const { headers, ...accepted } = await inbox.outcome(id);
  assertEquals([headers["Inbox-Sequence"], accepted.error], [`${first.seq}`, undefined]);
  const events = (await system.events()).filter(({ envelope }) => envelope.causation_id === id);
  assertEquals(events.map(({ body }) => /Grace|Jean/.exec(body)?.[0]), ["Grace"]);

  const later = await until("the server takes the id anew", async () => {
    const ack = await inbox.publish(updateName(personId, "Jean"), { "Nats-Msg-Id": id });
    return !ack.duplicate && ack;
  });
  const refused = await until("it is decided", async () => {
    const outcome = await inbox.outcome(id);
    return outcome.headers["Inbox-Sequence"] === `${later.seq}` && outcome;
  });
  assertEquals(refused.error?.code, "IdempotencyConflict");
});
