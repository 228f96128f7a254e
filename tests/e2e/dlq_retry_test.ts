/** How an operator has dead letters tried again. */
import { assertEquals, assertMatch } from "@std/assert";
import { updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { deadLetter, PERSON_ID, storeAmongDeadLetters } from "../support/dead_letter.ts";
import { DURABLE, startDurable } from "../support/durable_system.ts";
import { TestSystem } from "../support/test_system.ts";

Deno.test("dlq retry: what can be read by now is executed under its id, and its letter is gone", async () => {
  await using system = await startDurable();
  const { inbox, dlq, client } = system;
  await storeAmongDeadLetters(client.nc, deadLetter());
  const { status, stdout } = await dlq("retry", "1");
  assertEquals(status, 0);
  assertMatch(
    stdout,
    /^retried {3}1: in the inbox at 1: accepted person \S+ is now at version 1 .*$/,
  );
  assertEquals((await inbox.outcome("order-1")).version, 1);
  await inbox.emptied();
  const [event] = await system.events();
  const { causation_id, correlation_id } = event?.envelope ?? {};
  assertEquals([causation_id, correlation_id], ["order-1", "letter-7"]);
  assertEquals(await inbox.count("DLQ"), 0);
});

Deno.test("dlq retry: what still can't be read becomes a letter again, with the same id, by the same path", async () => {
  await using system = await startDurable();
  const { inbox, dlq } = system;
  const bytes = new Uint8Array([0xff, 0, 10]);
  await inbox.publish(bytes);
  await inbox.outcome("PERSON_EVENTS_INBOX%3A1");
  const [first] = await inbox.letters();
  assertEquals(await dlq("retry", "1"), {
    status: 1,
    stdout: "dead again  1: it is dead letter 2 now: ParseError: The message is not UTF-8",
    stderr: "",
  });
  const [result] = JSON.parse((await dlq("retry", "2", "--json")).stdout);
  assertEquals([result.done, result.inbox_sequence, result.outcome.error.code], [
    "dead again",
    3,
    "ParseError",
  ]);
  await inbox.emptied();
  const [again, ...others] = await inbox.letters();
  assertEquals(others, []);
  assertEquals([again?.seq, again?.letter.sequence, again?.letter.command_id], [
    3,
    3,
    first?.letter.command_id,
  ]);
  assertMatch(first?.letter.command_id ?? "", /^PERSON_EVENTS_INBOX:1:\d{19}$/);
  assertEquals(again?.letter.payload, "/wAK");
});

Deno.test("dlq retry: of a command that is refused that is said; without an instance, that there is no outcome yet", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url };
  const service = await system.startService(DURABLE);
  const update = JSON.stringify(updateName(PERSON_ID, "Grace"));
  const letter = deadLetter({ payload: update, payload_bytes: update.length });
  await storeAmongDeadLetters(system.client.nc, letter);
  const refused = await personService(["dlq", "retry", "1"], settings);
  assertEquals(refused.status, 0);
  assertMatch(refused.stdout, /^retried {3}1: in the inbox at 1: refused NotFound: .*$/);
  await service.stop();
  await storeAmongDeadLetters(system.client.nc, deadLetter({ headers: {}, command_id: "a" }));
  await storeAmongDeadLetters(system.client.nc, deadLetter({ headers: {}, command_id: "b" }));
  assertEquals(await personService(["dlq", "retry", "2", "3"], settings), {
    status: 0,
    stdout: [
      "retried   2: in the inbox at 2: no outcome yet",
      "retried   3: in the inbox at 3: no outcome yet",
    ].join("\n"),
    stderr: "",
  });
});

Deno.test("dlq retry: a letter that was not kept whole stays, and the status is 1", async () => {
  await using system = await startDurable();
  const { dlq, client, inbox } = system;
  await storeAmongDeadLetters(client.nc, deadLetter({ payload_bytes: 1_000_000 }));
  await storeAmongDeadLetters(client.nc, deadLetter({ headers: null }));
  await storeAmongDeadLetters(client.nc, "no letter");
  await storeAmongDeadLetters(client.nc, deadLetter({ subject: "person.events.x.created" }));
  const { status, stdout } = await dlq("retry", "--all", "--yes");
  assertEquals(status, 1);
  assertEquals(stdout.split("\n"), [
    "kept      1: only the beginning of its payload was kept",
    "kept      2: its headers could not be kept",
    "kept      3: it is no letter of a person-service",
    'kept      4: it did not come in on "person.inbox.>"',
  ]);
  assertEquals(await inbox.count("DLQ"), 4);
});

Deno.test("dlq retry: an id whose header was written in lower case goes with the command, as it was", async () => {
  await using system = await startDurable();
  const { dlq, client } = system;
  const headers = { "nats-msg-id": ["order-1"] };
  await storeAmongDeadLetters(client.nc, deadLetter({ headers }));
  const { status, stdout } = await dlq("retry", "1");
  assertEquals(status, 0, stdout);
  assertMatch(stdout, /^retried {3}1: in the inbox at 1: accepted person /);
  const [event] = await system.events();
  assertEquals(event?.envelope.causation_id, "order-1");
});
