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

const archive = (reason: string) => ({ ArchivePerson: { person_id: ID, reason } });
const accepted = {
  type: "PersonArchived",
  data: { person_id: ID, reason: "retention is over", archived_at: NOW },
} as const;

Deno.test("ArchivePerson: given an active person, when archived, then it is so", () => {
  given(created).when(archive("retention is over")).then(accepted);
});

Deno.test("ArchivePerson: given a deactivated person, when archived, then it is so", () => {
  given(created, deactivated).when(archive("retention is over")).then(accepted);
});

Deno.test("ArchivePerson: given an active person, when the reason is blank, then it is refused", () => {
  given(created).when(archive(" ")).thenRefused({
    code: "ValidationError",
    message: `Cannot archive person "${ID}": reason cannot be blank`,
    details: [{ path: "ArchivePerson.reason", message: "Reason cannot be blank" }],
  });
});

Deno.test("ArchivePerson: given no such person, when archived, then it is refused", () => {
  given().when(archive("r")).thenRefused({
    code: "NotFound",
    message: `Cannot archive person "${ID}": no such person`,
  });
});

for (
  const [event, state] of [
    [archived, "already archived"],
    [deceased, "deceased"],
    [merged, "merged"],
  ] as const
) {
  Deno.test(`ArchivePerson: given a person who is ${state}, when archived, then it is refused`, () => {
    given(created, event).when(archive("r")).thenRefused({
      code: "InvalidStateTransition",
      message: `Cannot archive person "${ID}": person is ${state}`,
    });
  });
}
