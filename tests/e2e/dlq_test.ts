/** What an operator sees of dead letters, and how they are dropped. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { personService } from "../support/command_line.ts";
import { deadLetter, PERSON_ID, storeAmongDeadLetters } from "../support/dead_letter.ts";
import { startDurable } from "../support/durable_system.ts";
import { TestSystem } from "../support/test_system.ts";

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
  const notFound = { dlq_sequence: 999, done: "not found", reason: "there is no such letter" };
  const asJson = { list: [], show: [], retry: [notFound], drop: [notFound] };
  for (const [action, expected] of Object.entries(asJson)) {
    const { status, stdout, stderr } = await dlq(action, "999", "--json");
    assertEquals([status, stderr], [1, "There is no dead letter 999"]);
    assertEquals(JSON.parse(stdout), expected);
    assertEquals(await dlq(action, "--all"), {
      status: 0,
      stdout: "No dead letters",
      stderr: "",
    });
    assertEquals((await dlq(action, "--all", "--json")).stdout, "[]");
  }
  for (const action of ["show", "retry", "drop"]) {
    const stderr = "There is no dead letter 999";
    assertEquals(await dlq(action, "999"), { status: 1, stdout: "", stderr });
  }
});

Deno.test("dlq: a sequence that is named twice counts once", async () => {
  await using system = await startDurable();
  const { dlq, client, inbox } = system;
  for (const command_id of ["a", "b"]) {
    await storeAmongDeadLetters(client.nc, deadLetter({ headers: {}, command_id }));
  }
  const retried = await dlq("retry", "1", "1");
  assertEquals([retried.status, retried.stdout.split("\n").length], [0, 1]);
  assertEquals(await dlq("drop", "2", "2"), { status: 0, stdout: "dropped   2", stderr: "" });
  assertEquals(await inbox.count("DLQ"), 0);
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
