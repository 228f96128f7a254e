import { assertEquals } from "@std/assert";
import {
  CalendarDate,
  compareInstants,
  dayBefore,
  dayOf,
  Instant,
  MergeReason,
  PersonId,
} from "../../src/domain/values.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";

Deno.test("PersonId: given any form of a UUID, when read, then it is lower case and hyphenated", () => {
  const forms = [
    ID,
    ID.toUpperCase(),
    "019a5c3012347abc9def123456789abc",
    "019A5C3012347ABC9DEF123456789ABC",
    `urn:uuid:${ID}`,
    `URN:UUID:${ID.toUpperCase()}`,
    `{${ID}}`,
    { id: ID },
    { id: `{${ID.toUpperCase()}}` },
  ];
  for (const form of forms) assertEquals(PersonId.parse(form), ID);
});

Deno.test("PersonId: given anything else, when read, then it is refused", () => {
  const others = [
    "",
    "nope",
    ` ${ID}`,
    `${ID}\n`,
    ID.slice(1),
    `${ID}0`,
    `{${ID}`,
    `{{${ID}}}`,
    `{urn:uuid:${ID}}`,
    "{019a5c3012347abc9def123456789abc}",
    ID.replace("9", "g"),
    ID.replace("-", ""),
    ID.replaceAll("-", "_"),
    ID.replace("a", "а"),
    0,
    null,
    undefined,
    true,
    [ID],
    {},
    { id: null },
    { id: { id: ID } },
    { ID },
    { id: ID, other: 1 },
  ];
  for (const other of others) assertEquals(PersonId.safeParse(other).success, false, `${other}`);
});

Deno.test("CalendarDate: given a calendar day, when read, then it is kept", () => {
  const days = ["0000-01-01", "0000-02-29", "1900-02-28", "2000-02-29", "2024-02-29", "9999-12-31"];
  for (const day of days) assertEquals(CalendarDate.parse(day), day);
});

Deno.test("CalendarDate: given no calendar day, when read, then it is refused", () => {
  const others = [
    "1900-02-29",
    "2023-02-29",
    "2024-02-30",
    "2024-04-31",
    "2024-13-01",
    "2024-00-01",
    "2024-01-00",
    "2024-01-32",
    "2024-1-1",
    "24-01-01",
    "20240101",
    "2024/01/01",
    "12345-01-01",
    "+12345-01-01",
    "-0044-03-15",
    "2024-01-01T00:00:00Z",
    " 2024-01-01",
    "2024-01-01\n",
    "２０２４-01-01",
    "",
    20240101,
    null,
  ];
  for (const other of others) {
    assertEquals(CalendarDate.safeParse(other).success, false, `${other}`);
  }
});

Deno.test("Instant: given any offset, when read, then it is UTC with every digit kept", () => {
  const cases = [
    ["2024-07-01T00:00:00Z", "2024-07-01T00:00:00Z"],
    ["2024-07-01t00:00:00z", "2024-07-01T00:00:00Z"],
    ["1985-03-15T08:30:00.120+02:00", "1985-03-15T06:30:00.120Z"],
    ["1985-03-15T08:30:00.123456789012Z", "1985-03-15T08:30:00.123456789012Z"],
    ["2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00Z"],
    ["2024-02-28T23:30:00.5-01:45", "2024-02-29T01:15:00.5Z"],
    ["2024-01-01T00:00:00+23:59", "2023-12-31T00:01:00Z"],
    ["2024-01-01T00:00:00-00:00", "2024-01-01T00:00:00Z"],
    ["0000-01-01T00:00:00-00:01", "0000-01-01T00:01:00Z"],
    ["1990-12-31T23:59:60Z", "1990-12-31T23:59:60Z"],
    ["1990-12-31T15:59:60-08:00", "1990-12-31T23:59:60Z"],
  ];
  for (const [given, read] of cases) assertEquals(Instant.parse(given), read);
});

Deno.test("Instant: given no RFC 3339 timestamp of the years 0000 to 9999, when read, then it is refused", () => {
  const others = [
    "2024-07-01T00:00:00",
    "2024-07-01 00:00:00Z",
    "2024-07-01",
    "2024-07-01T00:00Z",
    "2024-07-01T00:00:00.Z",
    "2024-07-01T00:00:00,5Z",
    "2024-07-01T24:00:00Z",
    "2024-07-01T00:60:00Z",
    "2024-07-01T00:00:61Z",
    "2024-07-01T12:00:60Z",
    "2024-07-15T23:59:60Z",
    "2024-06-30T23:59:60+01:00",
    "2024-02-30T00:00:00Z",
    "2024-07-01T00:00:00+24:00",
    "2024-07-01T00:00:00+01:60",
    "2024-07-01T00:00:00+0100",
    "2024-07-01T00:00:00 Z",
    "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "+12024-07-01T00:00:00Z",
    1719792000,
    null,
  ];
  for (const other of others) assertEquals(Instant.safeParse(other).success, false, `${other}`);
});

Deno.test("dayOf: given a moment, when asked, then its UTC day is told", () => {
  assertEquals(dayOf(Instant.parse("2024-07-01T01:00:00+02:00")), "2024-06-30");
});

Deno.test("dayBefore: given a day, when asked, then the one before is told", () => {
  assertEquals(dayBefore("2024-03-01"), "2024-02-29");
  assertEquals(dayBefore("2023-03-01"), "2023-02-28");
  assertEquals(dayBefore("2024-01-01"), "2023-12-31");
  assertEquals(dayBefore("0050-01-01"), "0049-12-31");
  assertEquals(dayBefore("0000-01-01"), "0000-01-01");
});

Deno.test("compareInstants: given moments with different digits, when compared, then time counts", () => {
  const ascending = [
    "2023-12-31T23:59:59.999Z",
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00.0001Z",
    "2024-01-01T00:00:00.1Z",
    "2024-01-01T00:00:00.12Z",
    "2024-01-01T00:00:01Z",
    "2024-01-01T00:00:10Z",
  ];
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) {
      assertEquals(Math.sign(compareInstants(a, b)), Math.sign(i - j), `${a} ${b}`);
    }
  }
  assertEquals(compareInstants("2024-01-01T00:00:10.000Z", "2024-01-01T00:00:10Z"), 0);
  assertEquals(compareInstants("2024-01-01T00:00:10.50Z", "2024-01-01T00:00:10.5Z"), 0);
});

Deno.test("MergeReason: given an object with null, when read, then it is the variant's name", () => {
  assertEquals(MergeReason.parse({ UserRequested: null }), "UserRequested");
  for (const other of [{ UserRequested: {} }, {}, { constructor: null }, "constructor", null]) {
    assertEquals(MergeReason.safeParse(other).success, false);
  }
});
