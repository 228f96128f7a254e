import {
  archived,
  born,
  created,
  deactivated,
  deceased,
  given,
  ID,
  merged,
  NOW,
} from "./specification.ts";

const diedOn = (date_of_death: string) => ({ RecordDeath: { person_id: ID, date_of_death } });
const recorded = (date_of_death: string) =>
  ({ type: "DeathRecorded", data: { person_id: ID, date_of_death, recorded_at: NOW } }) as const;
const refusedFor = (why: string) => ({
  code: "ValidationError" as const,
  message: `Cannot record death of person "${ID}": ${why}`,
  details: [{ path: "RecordDeath.date_of_death", message: why }],
});

Deno.test("RecordDeath: given an active person, when recorded, then it is recorded", () => {
  given(created).when(diedOn("2024-05-05")).then(recorded("2024-05-05"));
});

Deno.test("RecordDeath: given a deactivated person, when recorded, then it is recorded", () => {
  given(created, deactivated).when(diedOn("2024-05-05")).then(recorded("2024-05-05"));
});

Deno.test("RecordDeath: given a birth date, when the death is the same day, then it is recorded", () => {
  given(created, born("2024-05-05")).when(diedOn("2024-05-05")).then(recorded("2024-05-05"));
});

Deno.test("RecordDeath: given a birth date, when the death is the day before, then it is refused", () => {
  given(created, born("2024-05-05")).when(diedOn("2024-05-04"))
    .thenRefused(refusedFor('"2024-05-04" is before the birth on "2024-05-05"'));
});

Deno.test("RecordDeath: given an active person, when the death is today, then it is recorded", () => {
  given(created).when(diedOn("2024-07-01")).then(recorded("2024-07-01"));
});

Deno.test("RecordDeath: given an active person, when the death is tomorrow, then it is refused", () => {
  given(created).when(diedOn("2024-07-02"))
    .thenRefused(refusedFor('"2024-07-02" is in the future'));
});

Deno.test("RecordDeath: given no such person, when recorded, then it is refused", () => {
  given().when(diedOn("2024-05-05")).thenRefused({
    code: "NotFound",
    message: `Cannot record death of person "${ID}": no such person`,
  });
});

for (
  const [event, state] of [
    [deceased, "already deceased"],
    [merged, "merged"],
    [archived, "archived"],
  ] as const
) {
  Deno.test(`RecordDeath: given a person who is ${state}, when recorded, then it is refused`, () => {
    // The lifecycle is judged first: a date in the future does not matter here.
    given(created, event).when(diedOn("2030-01-01")).thenRefused({
      code: "InvalidStateTransition",
      message: `Cannot record death of person "${ID}": person is ${state}`,
    });
  });
}
