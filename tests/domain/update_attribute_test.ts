import type { PersonAttribute } from "../../src/domain/attribute.ts";
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

const attribute_type = { Physical: "Height" } as const;
const update = (new_attribute: unknown) => ({
  UpdateAttribute: { person_id: ID, attribute_type, new_attribute },
});
const updated = (old_attribute: PersonAttribute, new_attribute: PersonAttribute) =>
  ({
    type: "AttributeUpdated",
    data: { person_id: ID, attribute_type, old_attribute, new_attribute, updated_at: NOW },
  }) as const;

Deno.test("UpdateAttribute: given one of the type, when updated, then old and new are told", () => {
  given(created, recorded(height(1.75))).when(update(height(1.8)))
    .then(updated(height(1.75), height(1.8)));
});

Deno.test("UpdateAttribute: given several valid today, when updated, then the last of them is the old one", () => {
  const ended = height(1.7, { valid_until: "2024-06-30" });
  given(created, recorded(height(1.5)), recorded(height(1.6)), recorded(ended))
    .when(update(height(1.8))).then(updated(height(1.6), height(1.8)));
});

Deno.test("UpdateAttribute: given none valid today, when updated, then the last one is the old one", () => {
  const [ended, planned] = [
    height(1.6, { valid_until: "2024-06-30" }),
    height(1.7, { valid_from: "2024-07-02" }),
  ];
  given(created, recorded(ended), recorded(planned)).when(update(height(1.8)))
    .then(updated(planned, height(1.8)));
});

Deno.test("UpdateAttribute: given none of the type, when updated, then it is refused", () => {
  given(created).when(update(height(1.8))).thenRefused({
    code: "NotFound",
    message:
      `Cannot update attribute of person "${ID}": no attribute of that type, "Physical.Height"`,
  });
});

Deno.test("UpdateAttribute: given another type in the new attribute, when updated, then it is refused", () => {
  const weight = { ...height(1.8), attribute_type: { Physical: "Weight" }, value: { Mass: 70 } };
  const why = `the new attribute's type is "Physical.Weight", not "Physical.Height"`;
  given(created).when(update(weight)).thenRefused({
    code: "ValidationError",
    message: `Cannot update attribute of person "${ID}": ${why}`,
    details: [{
      path: "UpdateAttribute.new_attribute.attribute_type",
      message: `T${why.slice(1)}`,
    }],
  });
});

Deno.test("UpdateAttribute: given a value of another kind, when updated, then it is refused", () => {
  const why = '"Physical.Height" takes "Length", not "Boolean"';
  given(created, recorded(height(1.75))).when(update({ ...height(1.8), value: { Boolean: true } }))
    .thenRefused({
      code: "ValidationError",
      message: `Cannot update attribute of person "${ID}": ${why}`,
      details: [{ path: "UpdateAttribute.new_attribute.value", message: why }],
    });
});

Deno.test("UpdateAttribute: given no such person, when updated, then it is refused", () => {
  given().when(update(height(1.8))).thenRefused({
    code: "NotFound",
    message: `Cannot update attribute of person "${ID}": no such person`,
  });
});

Deno.test("UpdateAttribute: given a deactivated person, when updated, then it is refused", () => {
  given(created, deactivated).when(update(height(1.8))).thenRefused({
    code: "InvalidStateTransition",
    message: `Cannot update attribute of person "${ID}": person is deactivated`,
  });
});

for (const { stage, event, message } of FINAL_STAGES) {
  Deno.test(`UpdateAttribute: given a person who is ${stage}, when updated, then it is refused`, () => {
    given(created, recorded(height(1.75)), event).when(update(height(1.8)))
      .thenRefused({ code: "InvariantViolation", message });
  });
}

Deno.test("UpdateAttribute: given a state at its limit, when the attribute grows, then it is refused", () => {
  const stateBytes = MAX_STATE_BYTES;
  given(created, recorded(height(1.75))).when(update(height(1.755)), { stateBytes }).thenRefused({
    code: "InvariantViolation",
    message: `Cannot update attribute of person "${ID}": state would grow to ${
      MAX_STATE_BYTES + 1
    } bytes, over ${MAX_STATE_BYTES}`,
  });
  given(created, recorded(height(1.75))).when(update(height(1.8)), { stateBytes })
    .then(updated(height(1.75), height(1.8)));
});

Deno.test("UpdateAttribute: given an end before the start, when read, then it is refused", () => {
  const turned = height(1.8, { valid_from: "2024-01-02", valid_until: "2024-01-01" });
  assertUnreadable(update(turned), [{
    path: "UpdateAttribute.new_attribute.temporal.valid_until",
    message: "Valid until is before valid from",
  }]);
});
