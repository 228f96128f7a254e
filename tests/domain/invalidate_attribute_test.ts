import {
  created,
  deactivated,
  FINAL_STAGES,
  given,
  height,
  ID,
  NOW,
  recorded,
} from "./specification.ts";

const attribute_type = { Physical: "Height" } as const;
const command = {
  InvalidateAttribute: { person_id: ID, attribute_type, reason: "data entry error" },
};
const invalidated = (reason: string | null) =>
  ({
    type: "AttributeInvalidated",
    data: { person_id: ID, attribute_type, invalidated_at: NOW, reason },
  }) as const;
const noneValid = {
  code: "NotFound",
  message:
    `Cannot invalidate attribute of person "${ID}": no attribute of type "Physical.Height" is valid today`,
} as const;

Deno.test("InvalidateAttribute: given a valid one, when invalidated, then it is so", () => {
  given(created, recorded(height(1.75))).when(command).then(invalidated("data entry error"));
});

Deno.test("InvalidateAttribute: given a valid one, when invalidated without a reason, then the reason is null", () => {
  given(created, recorded(height(1.75)))
    .when({ InvalidateAttribute: { person_id: ID, attribute_type } }).then(invalidated(null));
});

Deno.test("InvalidateAttribute: given one that begins or ends today, when invalidated, then it is so", () => {
  const today = height(1.75, { valid_from: "2024-07-01", valid_until: "2024-07-01" });
  given(created, recorded(today)).when(command).then(invalidated("data entry error"));
});

Deno.test("InvalidateAttribute: given one invalidated today, when invalidated again, then it is refused", () => {
  given(created, recorded(height(1.75)), invalidated(null)).when(command).thenRefused(noneValid);
});

Deno.test("InvalidateAttribute: given one that is over and one to come, when invalidated, then it is refused", () => {
  const over = height(1.7, { valid_until: "2024-06-30" });
  const toCome = height(1.7, { valid_from: "2024-07-02" });
  given(created, recorded(over), recorded(toCome)).when(command).thenRefused(noneValid);
});

Deno.test("InvalidateAttribute: given none of the type, when invalidated, then it is refused", () => {
  given(created).when(command).thenRefused({
    code: "NotFound",
    message:
      `Cannot invalidate attribute of person "${ID}": no attribute of that type, "Physical.Height"`,
  });
});

Deno.test("InvalidateAttribute: given no such person, when invalidated, then it is refused", () => {
  given().when(command).thenRefused({
    code: "NotFound",
    message: `Cannot invalidate attribute of person "${ID}": no such person`,
  });
});

Deno.test("InvalidateAttribute: given a deactivated person, when invalidated, then it is refused", () => {
  given(created, recorded(height(1.75)), deactivated).when(command).thenRefused({
    code: "InvalidStateTransition",
    message: `Cannot invalidate attribute of person "${ID}": person is deactivated`,
  });
});

for (const { stage, event, message } of FINAL_STAGES) {
  Deno.test(`InvalidateAttribute: given a person who is ${stage}, when invalidated, then it is refused`, () => {
    given(created, recorded(height(1.75)), event).when(command)
      .thenRefused({ code: "InvariantViolation", message });
  });
}
