import {
  archived,
  assertUnreadable,
  born,
  created,
  deactivated,
  deceased,
  given,
  ID,
  merged,
  NOW,
} from "./specification.ts";

const setTo = (birth_date: string) => ({ SetBirthDate: { person_id: ID, birth_date } });
const set = (birth_date: string) =>
  ({ type: "BirthDateSet", data: { person_id: ID, birth_date, set_at: NOW } }) as const;
const refusedFor = (why: string) => ({
  code: "ValidationError" as const,
  message: `Cannot set birth date of person "${ID}": ${why}`,
  details: [{ path: "SetBirthDate.birth_date", message: why }],
});

Deno.test("SetBirthDate: given an active person, when set, then it is set", () => {
  given(created).when(setTo("1991-02-03")).then(set("1991-02-03"));
});

Deno.test("SetBirthDate: given a deactivated person, when set, then it is set", () => {
  given(created, deactivated).when(setTo("1991-02-03")).then(set("1991-02-03"));
});

Deno.test("SetBirthDate: given a deceased person, when set to the day of death, then it is set", () => {
  given(created, deceased).when(setTo("2024-02-01")).then(set("2024-02-01"));
});

Deno.test("SetBirthDate: given a deceased person, when set to the day after death, then it is refused", () => {
  given(created, deceased).when(setTo("2024-02-02"))
    .thenRefused(refusedFor('"2024-02-02" is after the death on "2024-02-01"'));
});

Deno.test("SetBirthDate: given a birth date, when set again, then it is refused", () => {
  given(created, born("1990-01-02")).when(setTo("1990-01-02")).thenRefused({
    code: "InvariantViolation",
    message: `Cannot set birth date of person "${ID}": birth date is already set to "1990-01-02"`,
  });
});

Deno.test("SetBirthDate: given an active person, when set to today, then it is set", () => {
  given(created).when(setTo("2024-07-01")).then(set("2024-07-01"));
});

Deno.test("SetBirthDate: given an active person, when set to tomorrow, then it is refused", () => {
  given(created).when(setTo("2024-07-02")).thenRefused(refusedFor('"2024-07-02" is in the future'));
});

Deno.test("SetBirthDate: given no such person, when set, then it is refused", () => {
  given().when(setTo("1991-02-03")).thenRefused({
    code: "NotFound",
    message: `Cannot set birth date of person "${ID}": no such person`,
  });
});

Deno.test("SetBirthDate: given a merged person, when set, then it is refused", () => {
  given(created, merged).when(setTo("1991-02-03")).thenRefused({
    code: "InvariantViolation",
    message: `Cannot modify a merged person: "${ID}"`,
  });
});

Deno.test("SetBirthDate: given an archived person, when set, then it is refused", () => {
  given(created, archived).when(setTo("1991-02-03")).thenRefused({
    code: "InvariantViolation",
    message: `Cannot modify an archived person: "${ID}"`,
  });
});

Deno.test("SetBirthDate: given no calendar day, when read, then it is refused", () => {
  const message = "Expected a calendar date, YYYY-MM-DD";
  for (const date of ["1990-02-30", "1990-01-02T00:00:00Z", "12345-01-01", "-0044-03-15", ""]) {
    assertUnreadable(setTo(date), [{ path: "SetBirthDate.birth_date", message }]);
  }
});
