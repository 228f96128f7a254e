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

const deactivate = (reason: string) => ({ DeactivatePerson: { person_id: ID, reason } });

Deno.test("DeactivatePerson: given an active person, when deactivated, then it is so", () => {
  given(created).when(deactivate("account closed")).then({
    type: "PersonDeactivated",
    data: { person_id: ID, reason: "account closed", deactivated_at: NOW },
  });
});

Deno.test("DeactivatePerson: given an active person, when the reason is blank, then it is refused", () => {
  for (const reason of ["", " \t\n"]) {
    given(created).when(deactivate(reason)).thenRefused({
      code: "ValidationError",
      message: `Cannot deactivate person "${ID}": reason cannot be blank`,
      details: [{ path: "DeactivatePerson.reason", message: "Reason cannot be blank" }],
    });
  }
});

Deno.test("DeactivatePerson: given no such person, when deactivated, then it is refused", () => {
  given().when(deactivate("")).thenRefused({
    code: "NotFound",
    message: `Cannot deactivate person "${ID}": no such person`,
  });
});

for (
  const [event, state] of [
    [deactivated, "already deactivated"],
    [deceased, "deceased"],
    [merged, "merged"],
    [archived, "archived"],
  ] as const
) {
  Deno.test(`DeactivatePerson: given a person who is ${state}, when deactivated, then it is refused`, () => {
    given(created, event).when(deactivate("")).thenRefused({
      code: "InvalidStateTransition",
      message: `Cannot deactivate person "${ID}": person is ${state}`,
    });
  });
}
