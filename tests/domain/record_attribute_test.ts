import { MAX_STATE_BYTES } from "../../src/domain/decide.ts";
import {
  assertUnreadable,
  created,
  deactivated,
  FINAL_STAGES,
  given,
  height,
  ID,
  NOW,
  recorded,
} from "./specification.ts";

const record = (attribute: unknown) => ({ RecordAttribute: { person_id: ID, attribute } });
const accepted = (attribute: ReturnType<typeof height>) =>
  ({ type: "AttributeRecorded", data: { person_id: ID, attribute, recorded_at: NOW } }) as const;

Deno.test("RecordAttribute: given an active person, when recorded, then it is recorded", () => {
  given(created).when(record(height(1.75))).then(accepted(height(1.75)));
});

Deno.test("RecordAttribute: given one of the type, when another is recorded, then it is recorded too", () => {
  given(created, recorded(height(1.7))).when(record(height(1.75))).then(accepted(height(1.75)));
});

Deno.test("RecordAttribute: given no such person, when recorded, then it is refused", () => {
  given().when(record(height(1.75))).thenRefused({
    code: "NotFound",
    message: `Cannot record attribute of person "${ID}": no such person`,
  });
});

Deno.test("RecordAttribute: given a deactivated person, when recorded, then it is refused", () => {
  given(created, deactivated).when(record(height(1.75))).thenRefused({
    code: "InvalidStateTransition",
    message: `Cannot record attribute of person "${ID}": person is deactivated`,
  });
});

for (const { stage, event, message } of FINAL_STAGES) {
  Deno.test(`RecordAttribute: given a person who is ${stage}, when recorded, then it is refused`, () => {
    given(created, event).when(record(height(1.75)))
      .thenRefused({ code: "InvariantViolation", message });
  });
}

Deno.test("RecordAttribute: given a value of another kind, when recorded, then the right kinds are told", () => {
  given(created).when(record({ ...height(1.75), value: { Text: "tall" } })).thenRefused({
    code: "ValidationError",
    message:
      `Cannot record attribute of person "${ID}": "Physical.Height" takes "Length", not "Text"`,
    details: [{
      path: "RecordAttribute.attribute.value",
      message: '"Physical.Height" takes "Length", not "Text"',
    }],
  });
});

Deno.test("RecordAttribute: given a state at its limit, when recorded, then it is refused", () => {
  const bytes = JSON.stringify(height(1.75)).length;
  const stateBytes = MAX_STATE_BYTES - bytes;
  given(created).when(record(height(1.75)), { stateBytes }).then(accepted(height(1.75)));
  given(created).when(record(height(1.75)), { stateBytes: stateBytes + 1 }).thenRefused({
    code: "InvariantViolation",
    message: `Cannot record attribute of person "${ID}": state would grow to ${
      MAX_STATE_BYTES + 1
    } bytes, over ${MAX_STATE_BYTES}`,
  });
});

Deno.test("RecordAttribute: given an end before the start, when read, then it is refused", () => {
  const turned = height(1.75, { valid_from: "2024-01-02", valid_until: "2024-01-01" });
  assertUnreadable(record(turned), [{
    path: "RecordAttribute.attribute.temporal.valid_until",
    message: "Valid until is before valid from",
  }]);
});

Deno.test("RecordAttribute: given an end on the day of the start, when recorded, then it is recorded", () => {
  const day = height(1.75, { valid_from: "2024-01-02", valid_until: "2024-01-02" });
  given(created).when(record(day)).then(accepted(day));
});
