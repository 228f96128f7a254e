/** `person-service send --durable`, as a user runs it. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { createPerson, updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { TestSystem } from "../support/test_system.ts";

const DURABLE = { DURABLE_COMMANDS: "true" };
const ADA = "019a5c30-0000-7000-8000-00000000ada0";
const CREATE_ADA = JSON.stringify(createPerson(ADA));

Deno.test("send --durable: prints where the command is kept; with --wait its outcome, whose status counts", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url };
  await system.startService(DURABLE);
  assertEquals(await personService(["send", CREATE_ADA, "--durable", "--id", "a.1"], settings), {
    status: 0,
    stdout: "kept      as 1 in PERSON_EVENTS_INBOX, with id a.1",
    stderr: "",
  });
  const rename = JSON.stringify(updateName(ADA, "Augusta"));
  const waiting = ["send", rename, "--durable", "--wait", "--expected-version", "1"];
  const accepted = await personService(waiting, settings);
  assertEquals(accepted.status, 0);
  assertMatch(accepted.stdout, /^kept .*\naccepted {2}person \S+ is now at version 2 /);
  const refused = await personService([...waiting, "--json"], settings);
  assertEquals(refused.status, 1);
  const { outcome, ...kept } = JSON.parse(refused.stdout);
  assertEquals([kept.stream, kept.seq, outcome.error.code], [
    "PERSON_EVENTS_INBOX",
    3,
    "ConcurrencyConflict",
  ]);
  const unwaited = ["send", rename, "--durable", "--json", "--id", "a.2"];
  assertEquals(JSON.parse((await personService(unwaited, settings)).stdout), {
    id: "a.2",
    stream: "PERSON_EVENTS_INBOX",
    seq: 4,
    duplicate: false,
  });
});

Deno.test("send --durable --wait: the outcome is that of this very message, also where the id is none", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url };
  await system.startService(DURABLE);
  const send = (command: string, id: string) =>
    personService(["send", command, "--durable", "--wait", "--id", id], settings);
  assertStringIncludes((await send(CREATE_ADA, "shared")).stdout, "is now at version 1");
  const other = JSON.stringify(createPerson(crypto.randomUUID()));
  assertStringIncludes((await send(other, "shared")).stdout, "is now at version 1");
  const bad = await send(other, "two words");
  assertEquals(bad.status, 1);
  assertStringIncludes(bad.stdout, "refused   ValidationError: ");
});

Deno.test("send --durable --wait: without a running service the command is kept, and the answer tells where its outcome will be", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url };
  await (await system.startService(DURABLE)).stop();
  const args = ["send", CREATE_ADA, "--durable", "--wait", "--id", "a.1", "--timeout", "2s"];
  const { status, stdout, stderr } = await personService(args, settings);
  assertEquals([status, stdout], [2, "kept      as 1 in PERSON_EVENTS_INBOX, with id a.1"]);
  assertEquals(
    stderr,
    'No outcome within 2 s; the command stays in the inbox, and its outcome will be kept for 7 days on "person.outcomes.a%2E1"',
  );
  const asJson = await personService([...args, "--json"], settings);
  assertEquals([asJson.status, asJson.stderr], [2, stderr]);
  const { seq, outcome } = JSON.parse(asJson.stdout);
  assertEquals([seq, outcome], [2, null]);
  await system.startService(DURABLE);
  const again = await personService(
    ["send", CREATE_ADA, "--durable", "--wait", "--id", "a.1"],
    settings,
  );
  assertStringIncludes(again.stdout, "is now at version 1");
  assertEquals((await system.events()).length, 1);
});

Deno.test("send --durable --wait: an old outcome of the same id and sequence, of an inbox that was remade, is not taken for the new one", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url };
  await (await system.startService(DURABLE)).stop();
  const old = headers();
  old.set("Inbox-Sequence", "1");
  old.set("Inbox-Time", String(BigInt(Date.now() - 3_600_000) * 1_000_000n));
  await jetstream(system.client.nc).publish("person.outcomes.a", "{}", { headers: old });
  const args = ["send", CREATE_ADA, "--durable", "--wait", "--id", "a", "--timeout", "2s"];
  const unanswered = await personService(args, settings);
  assertEquals(unanswered.status, 2);
  assertStringIncludes(unanswered.stderr, "No outcome within 2 s");
});

Deno.test("send --durable: without an inbox, and where it is full or the command too large, nothing is kept", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url };
  const inVain = ["--timeout", "2s"];
  const none = await personService(["send", CREATE_ADA, "--durable", ...inVain], settings);
  assertEquals([none.status, none.stdout], [2, ""]);
  assertStringIncludes(
    none.stderr,
    'No stream keeps "person.inbox.send": does the service run with',
  );
  await (await system.startService(DURABLE)).stop();
  const large = JSON.stringify({ CreatePerson: "x".repeat(300_000) });
  const tooLarge = await personService(["send", "-", "--durable"], settings, large);
  assertEquals([tooLarge.status, tooLarge.stdout], [1, ""]);
  assertStringIncludes(tooLarge.stderr, "The inbox does not take it (error 10054)");
  const jsm = await jetstreamManager(system.client.nc);
  await jsm.streams.update("PERSON_EVENTS_INBOX", { max_msgs: 1 });
  assertEquals((await personService(["send", CREATE_ADA, "--durable"], settings)).status, 0);
  const full = await personService(["send", CREATE_ADA, "--durable"], settings);
  assertEquals([full.status, full.stdout], [1, ""]);
});

Deno.test("send --wait: is for --durable", async () => {
  const { status, stderr } = await personService(["send", "{}", "--wait"]);
  assertEquals([status, stderr], [2, 'Option "--wait" is for "--durable"']);
});
