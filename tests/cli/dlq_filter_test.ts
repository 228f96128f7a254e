import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/cli/arguments.ts";
import { filterOf, type FilterOptions, subjectMatches } from "../../src/cli/dlq/filter.ts";
import { deadLetter, PERSON_ID } from "../support/dead_letter.ts";

const NOW = Date.parse("2026-11-23T08:00:00Z");

Deno.test("dlq: given one filter that fits or does not, then the letter is meant or not", () => {
  const letter = deadLetter({ dead_at: "2026-11-23T06:00:00.000Z", subject: "person.inbox.a.b" });
  const isMeant = (options: FilterOptions) => filterOf(options, NOW)({ dlqSequence: 1, letter });
  const fitting: FilterOptions[] = [
    {},
    { code: "parseerror" },
    { id: letter.command_id },
    { person: PERSON_ID.toUpperCase() },
    { since: "2h" },
    { since: "2026-11-23T07:00:00+01:00" },
    { subject: "person.inbox.>" },
    { code: "ParseError", since: "1d" },
  ];
  assertEquals(fitting.filter((options) => !isMeant(options)), []);
  const others: FilterOptions[] = [
    { code: "ValidationError" },
    { id: "other" },
    { person: crypto.randomUUID() },
    { since: "1h" },
    { since: "2026-11-23T06:00:00.001Z" },
    { subject: "person.inbox.a" },
    { code: "ParseError", since: "1h" },
  ];
  assertEquals(others.filter(isMeant), []);
});

Deno.test("dlq: given a message that is no letter, then only those without a filter mean it", () => {
  const stored = { dlqSequence: 1, letter: null };
  assertEquals([filterOf({})(stored), filterOf({ since: "1d" })(stored)], [true, false]);
});

Deno.test("dlq: given subjects, then wildcards are those of NATS", () => {
  const matching = ["a.b.c", "a.*.c", "a.>", "*.*.*", ">", "a.b.>"];
  assertEquals(matching.filter((pattern) => !subjectMatches(pattern, "a.b.c")), []);
  const others = ["a.b", "a.b.c.>", "a.b.c.d", "b.>", "a.*", "*", "A.b.c"];
  assertEquals(others.filter((pattern) => subjectMatches(pattern, "a.b.c")), []);
});

Deno.test("dlq: given a code, a person or a time that is none, then it is bad usage, and the codes are named", () => {
  assertThrows(
    () => filterOf({ code: "Foo" }),
    UsageError,
    'Option "--code": found "Foo"; write ParseError or ValidationError',
  );
  assertThrows(() => filterOf({ person: "Ada" }), UsageError, '"--person": found "Ada"');
  assertThrows(() => filterOf({ since: "yesterday" }), UsageError, '"--since": found "yesterday"');
});
