import {
  archived,
  created,
  deactivated,
  deceased,
  given,
  ID,
  merged,
  NOW,
} from "./specification.ts";

const reactivate = (reason: string) => ({ ReactivatePerson: { person_id: ID, reason } });

Deno.test("ReactivatePerson: given a deactivated person, when reactivated, then it is so", () => {
  given(created, deactivated).when(reactivate("account reopened")).then({
    type: "PersonReactivated",
    data: { person_id: ID, reason: "account reopened", reactivated_at: NOW },
  });
});

Deno.test("ReactivatePerson: given a deactivated person, when the reason is blank, then it is accepted", () => {
  given(created, deactivated).when(reactivate("")).then({
    type: "PersonReactivated",
    data: { person_id: ID, reason: "", reactivated_at: NOW },
  });
});

Deno.test("ReactivatePerson: given no such person, when reactivated, then it is refused", () => {
  given().when(reactivate("r")).thenRefused({
    code: "NotFound",
    message: `Cannot reactivate person "${ID}": no such person`,
  });
});

Deno.test("ReactivatePerson: given an active person, when reactivated, then it is refused", () => {
  given(created).when(reactivate("r")).thenRefused({
    code: "InvalidStateTransition",
    message: `Cannot reactivate person "${ID}": person is already active`,
  });
});

for (
  const [event, state] of [
    [deceased, "deceased"],
    [merged, "merged"],
    [archived, "archived"],
  ] as const
) {
  Deno.test(`ReactivatePerson: given a person who is ${state}, when reactivated, then it is refused`, () => {
    given(created, event).when(reactivate("r")).thenRefused({
      code: "InvalidStateTransition",
      message: `Cannot reactivate person "${ID}": person is ${state}`,
    });
  });
}
