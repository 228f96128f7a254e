/** What an operator does with dead letters. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { deadLetter, PERSON_ID, storeAmongDeadLetters } from "../support/dead_letter.ts";
import { InboxClient } from "../support/inbox_client.ts";
import { TestSystem } from "../support/test_system.ts";

const DURABLE = { DURABLE_COMMANDS: "true" };

Deno.test("dlq list and show: tell of each letter, as a table, in full, and as JSON", async () => {
  await using system = await startDurable();
  const { inbox, dlq } = system;
  await inbox.publish("no\u001b[2Jcommand", { "Nats-Msg-Id": "bad" }, "person.inbox.import");
  await inbox.outcome("bad");
  const { status, stdout } = await dlq("list");
  assertEquals(status, 0);
  const [heading = "", row = "", ...more] = stdout.split("\n");
  assertMatch(heading, /^SEQUENCE +DEAD SINCE +CODE +PERSON +ID +SUBJECT +REASON$/);
  assertMatch(row, /^1 +\S+Z +ParseError +- +bad +person\.inbox\.import +The message is not JSON/);
  assertEquals(more, []);
  const shown = await dlq("show", "1");
  assertMatch(
    shown.stdout,
    /^Dead letter 1, since .*\nreason {5}ParseError: The message is not JSON/,
  );
  assertStringIncludes(shown.stdout, "\nheader     Nats-Msg-Id: bad\n");
  assertStringIncludes(shown.stdout, "\npayload    13 bytes:\nno\u{fffd}[2Jcommand");
  const [letter] = JSON.parse((await dlq("list", "--json")).stdout);
  const [stored] = await inbox.letters();
  assertEquals(letter, { dlq_sequence: 1, ...stored?.letter });
});

Deno.test("dlq: of a letter that is not there only that is said, and an empty box is no mistake", async () => {
  await using system = await startDurable();
  const { dlq } = system;
  for (const json of [[], ["--json"]]) {
    assertEquals(await dlq("show", "999", ...json), {
      status: 1,
      stdout: "",
      stderr: "There is no dead letter 999",
    });
    for (const action of ["retry", "drop", "show"]) {
      const stdout = json.length === 0 ? "No dead letters" : "[]";
      assertEquals(await dlq(action, "--all", ...json), { status: 0, stdout, stderr: "" });
    }
  }
});

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

Deno.test("dlq drop: by sequence, by filter and all, the latter two only with --yes", async () => {
  await using system = await startDurable();
  const { dlq, client, inbox } = system;
  for (const subject of ["person.inbox.a", "person.inbox.b", "person.inbox.b", "person.inbox.c"]) {
    await storeAmongDeadLetters(client.nc, deadLetter({ subject }));
  }
  assertEquals(await dlq("drop", "1", "9"), {
    status: 1,
    stdout: "dropped   1",
    stderr: "There is no dead letter 9",
  });
  const asked = await dlq("drop", "--subject", "*.inbox.b");
  assertEquals([asked.status, asked.stderr], [2, "2 letters are meant; add --yes to drop them"]);
  assertEquals(asked.stdout.split("\n").length, 3);
  assertEquals(await inbox.count("DLQ"), 3);
  const dropped = await dlq("drop", "--subject", "*.inbox.b", "--yes", "--json");
  assertEquals(JSON.parse(dropped.stdout), [
    { dlq_sequence: 2, done: "dropped" },
    { dlq_sequence: 3, done: "dropped" },
  ]);
  assertEquals((await dlq("drop", "--all")).status, 2);
  assertEquals((await dlq("drop", "--all", "--yes")).status, 0);
  assertEquals((await dlq("list", "--person", PERSON_ID)).stdout, "No dead letters");
});

Deno.test("dlq: bad usage and a missing stream are told", async () => {
  await using system = await TestSystem.start();
  const settings = { NATS_URL: system.nats.url };
  const usages: [string[], string][] = [
    [[], "No action given: write list, show, retry or drop"],
    [["lits"], 'Unknown action "lits": did you mean "list"?'],
    [["show"], "Say which letters to show: sequences, filters, or --all"],
    [
      ["retry", "1", "--all"],
      "Choose letters by sequences, by filters or by --all, not by several",
    ],
    [
      ["list", "--code", "NotFound"],
      'Option "--code": found "NotFound"; write ParseError or ValidationError',
    ],
    [["drop", "-1"], 'Unknown option "-1"; see --help'],
    [["drop", "one"], 'Found "one" for a letter\'s sequence; "dlq list" shows them'],
  ];
  for (const [args, stderr] of usages) {
    const outcome = await personService(["dlq", ...args], settings);
    assertEquals(outcome, { status: 2, stdout: "", stderr });
  }
  const { status, stderr } = await personService(["dlq", "list"], settings);
  assertEquals(status, 1);
  assertStringIncludes(stderr, 'There is no stream "PERSON_EVENTS_DLQ": check STREAM_NAME');
});

/** A system with an instance that takes durable commands. */
async function startDurable() {
  const system = await TestSystem.start();
  await system.startService(DURABLE);
  return Object.assign(system, {
    inbox: new InboxClient(system.client.nc),
    dlq: (...args: string[]) => personService(["dlq", ...args], { NATS_URL: system.nats.url }),
  });
}
