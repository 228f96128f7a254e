/** Streams for durable commands that are refused, with something in them: what the refusal says works. */
import { assertEquals, assertMatch } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { createPerson } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { diagnose, found } from "../support/doctor.ts";
import { DURABLE, startDurable } from "../support/durable_system.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { makeStream } from "../support/made_stream.ts";
import { TestSystem } from "../support/test_system.ts";

const INBOX = "PERSON_EVENTS_INBOX";
const LETTERS = "PERSON_EVENTS_DLQ";
const FIT = {
  subjects: ["person.inbox.>"],
  retention: "workqueue",
  discard: "new",
  duplicate_window: 1e8,
};

for (const settings of [{ allow_msg_ttl: true, max_age: 6e11 }, { storage: "memory" }]) {
  Deno.test(`a lossy inbox: given ${JSON.stringify(settings)} and a command in it, when the operator does what the refusal says, then the command is done, and the inbox fit`, async () => {
    await using system = await TestSystem.start();
    const { waiting, operator } = await unfitInbox(system, settings);
    const { status, stderr } = await personService(["setup"], operator);
    assertEquals(status, 78);
    assertMatch(
      stderr,
      /Mend it: can't be edited: stop its publishers, and run one instance with ALLOW_UNSAFE_STREAM=true until "inbox lag" of person-service doctor says 0 to be read, 0 unacknowledged; then stop that, nats stream rm PERSON_EVENTS_INBOX, and DURABLE_COMMANDS=true person-service setup$/,
    );
    const instance = await system.startService({ ...DURABLE, ALLOW_UNSAFE_STREAM: "true" });
    assertEquals((await waiting.outcome("waits")).version, 1);
    await waiting.emptied();
    const [lag = ""] = found(await diagnose(operator, ["--quick"]), "inbox lag");
    assertMatch(lag, /^ok: .* 0 to be read, .*, 0 unacknowledged$/);
    await instance.stop();
    await remake(system, operator);
    await system.startService(DURABLE);
    await waiting.publish(createPerson(crypto.randomUUID()), { "Nats-Msg-Id": "later" });
    assertEquals((await waiting.outcome("later")).version, 1);
  });
}

Deno.test("a sealed inbox: given a command in it, when the operator does what the refusal says, then it is done once it is published again", async () => {
  await using system = await TestSystem.start();
  const { waiting, command, operator } = await unfitInbox(system, {});
  await update(system, { ...FIT, sealed: true });
  const unsafe = { ...operator, ALLOW_UNSAFE_STREAM: "true" };
  const { status, stderr } = await personService(["setup"], unsafe);
  assertEquals(status, 78);
  assertMatch(
    stderr,
    /Mend it: can't be edited, and what waits in it can't be done: stop its publishers, nats stream rm PERSON_EVENTS_INBOX, and DURABLE_COMMANDS=true person-service setup, and have them publish again all that has no outcome$/,
  );
  await remake(system, operator);
  await system.startService(DURABLE);
  await waiting.publish(command, { "Nats-Msg-Id": "waits" });
  assertEquals((await waiting.outcome("waits")).version, 1);
});

Deno.test("an inbox that changes subjects: given a command in it, when that is edited away, then the command is done", async () => {
  await using system = await TestSystem.start();
  const { waiting, operator } = await unfitInbox(system, {
    subject_transform: { src: "person.inbox.>", dest: "elsewhere.>" },
  });
  const { status, stderr } = await personService(["setup"], operator);
  assertEquals(status, 78);
  assertMatch(stderr, /Mend it: nats stream edit PERSON_EVENTS_INBOX --no-transform$/);
  await update(system, FIT);
  await system.startService(DURABLE);
  assertEquals((await waiting.outcome("waits")).version, 1);
  await waiting.emptied();
});

Deno.test("sealed dead letters: given one, when the operator does what the refusal says, then what it says is kept, and the stream fit", async () => {
  await using system = await startDurable();
  await system.inbox.publish("no command");
  await system.inbox.emptied();
  const { client, nats } = system;
  const jsm = await jetstreamManager(client.nc);
  const { config } = await jsm.streams.info(LETTERS);
  await update(system, { ...config, sealed: true });
  const operator = { NATS_URL: nats.url, ...DURABLE };
  const { status, stderr } = await personService(["setup"], operator);
  assertEquals(status, 78);
  assertMatch(
    stderr,
    /Mend it: can't be edited, nor letters taken from it: keep what person-service dlq show --all --json says of them, then nats stream rm PERSON_EVENTS_DLQ, and DURABLE_COMMANDS=true person-service setup$/,
  );
  assertMatch((await system.dlq("drop", "1")).stderr, /invalid operation on sealed stream/);
  const kept = await system.dlq("show", "--all", "--json");
  assertEquals([kept.status, JSON.parse(kept.stdout).length], [0, 1]);
  await remake(system, operator, LETTERS);
});

/** One that somebody else made, on which a command was acknowledged that nobody has done. */
async function unfitInbox(system: TestSystem, settings: Record<string, unknown>) {
  const { client: { nc }, nats } = system;
  assertEquals((await personService(["setup"], { NATS_URL: nats.url })).status, 0);
  await makeStream(nc, INBOX, { ...FIT, ...settings });
  const waiting = new InboxClient(nc);
  const command = createPerson(crypto.randomUUID());
  await waiting.publish(command, { "Nats-Msg-Id": "waits" });
  return { waiting, command, operator: { NATS_URL: nats.url, ...DURABLE } };
}

/** Sets a stream to these settings and no others. */
async function update({ client }: TestSystem, settings: Record<string, unknown>): Promise<void> {
  const asked = { storage: "file", name: INBOX, ...settings };
  const reply = await client.nc.request(
    `$JS.API.STREAM.UPDATE.${asked.name}`,
    JSON.stringify(asked),
  );
  assertEquals(reply.json<{ error?: unknown }>().error, undefined);
}

async function remake(
  { client }: TestSystem,
  operator: Record<string, string>,
  stream = INBOX,
): Promise<void> {
  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.delete(stream);
  const { status, stdout, stderr } = await personService(["setup"], operator);
  assertEquals([status, stdout.includes(`"${stream}": was made`)], [0, true], stderr);
}
