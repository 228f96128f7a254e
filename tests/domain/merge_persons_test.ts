import type { PersonEvent } from "../../src/domain/events.ts";
import {
  archived,
  assertUnreadable,
  created,
  deactivated,
  deceased,
  given,
  ID,
  merged,
  NOW,
  OTHER_ID,
  otherPerson,
} from "./specification.ts";

const command = {
  MergePersons: {
    source_person_id: ID,
    target_person_id: OTHER_ID,
    merge_reason: "DuplicateIdentity",
  },
};
const intoItself = { MergePersons: { ...command.MergePersons, target_person_id: ID } };

Deno.test("MergePersons: given two active persons, when merged, then the source's event comes first", () => {
  given(created).when(command, { target: otherPerson() }).then({
    type: "PersonMergedInto",
    data: {
      source_person_id: ID,
      merged_into_id: OTHER_ID,
      merge_reason: "DuplicateIdentity",
      merged_at: NOW,
    },
  }, {
    type: "PersonAbsorbed",
    data: {
      target_person_id: OTHER_ID,
      absorbed_person_id: ID,
      merge_reason: "DuplicateIdentity",
      absorbed_at: NOW,
    },
  });
});

Deno.test("MergePersons: given a person, when merged into itself, then it is refused", () => {
  given(created).when(intoItself, { target: otherPerson() }).thenRefused({
    code: "ValidationError",
    message: `Cannot merge person "${ID}": source and target are the same person`,
    details: [{
      path: "MergePersons.target_person_id",
      message: "Source and target are the same person",
    }],
  });
});

Deno.test("MergePersons: given no such source, when merged, then it is refused", () => {
  for (const merge of [command, intoItself]) {
    given().when(merge, { target: otherPerson() }).thenRefused({
      code: "NotFound",
      message: `Cannot merge person "${ID}": no such person`,
    });
  }
});

for (
  const [event, state] of [
    [deactivated, "deactivated"],
    [deceased, "deceased"],
    [merged, "already merged"],
    [archived, "archived"],
  ] as const
) {
  Deno.test(`MergePersons: given a source that is ${state}, when merged, then it is refused`, () => {
    given(created, event).when(command, { target: null }).thenRefused({
      code: "InvalidStateTransition",
      message: `Cannot merge person "${ID}": person is ${state}`,
    });
  });
}

Deno.test("MergePersons: given no such target, when merged, then it is refused", () => {
  for (const context of [{ target: null }, {}]) {
    given(created).when(command, context).thenRefused({
      code: "NotFound",
      message: `Cannot merge person "${ID}": no such person as the target "${OTHER_ID}"`,
    });
  }
});

const targetStages: [PersonEvent, string][] = [
  [deactivated, "deactivated"],
  [deceased, "deceased"],
  [merged, "merged"],
  [archived, "archived"],
];
for (const [event, state] of targetStages) {
  Deno.test(`MergePersons: given a target that is ${state}, when merged, then it is refused`, () => {
    given(created).when(command, { target: otherPerson(event) }).thenRefused({
      code: "InvalidStateTransition",
      message: `Cannot merge person "${ID}": the target "${OTHER_ID}" is ${state}`,
    });
  });
}

Deno.test("MergePersons: given an unknown reason, when read, then the known ones are told", () => {
  const merge = { MergePersons: { ...command.MergePersons, merge_reason: "duplicate" } };
  assertUnreadable(merge, [{
    path: "MergePersons.merge_reason",
    message: 'Unknown variant "duplicate": expected one of "DuplicateIdentity", ' +
      '"DataQualityIssue", "UserRequested", "PolicyDetermined"',
  }]);
});
