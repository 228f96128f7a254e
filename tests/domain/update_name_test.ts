import { MAX_STATE_BYTES } from "../../src/domain/decide.ts";
import {
  created,
  deactivated,
  FINAL_STAGES,
  given,
  ID,
  NAME,
  nameOf,
  NOW,
} from "./specification.ts";

const name = nameOf({ given_names: ["Jane"], family_names: ["Doe"] });
const command = { UpdateName: { person_id: ID, name, reason: "Marriage" } };

Deno.test("UpdateName: given an active person, when renamed, then both names are told", () => {
  given(created).when(command).then({
    type: "NameUpdated",
    data: { person_id: ID, old_name: NAME, new_name: name, reason: "Marriage", updated_at: NOW },
  });
});

Deno.test("UpdateName: given an active person, when renamed without a reason, then the reason is null", () => {
  given(created).when({ UpdateName: { person_id: ID, name } }).then({
    type: "NameUpdated",
    data: { person_id: ID, old_name: NAME, new_name: name, reason: null, updated_at: NOW },
  });
});

Deno.test("UpdateName: given no such person, when renamed, then it is refused", () => {
  given().when(command).thenRefused({
    code: "NotFound",
    message: `Cannot update name of person "${ID}": no such person`,
  });
});

Deno.test("UpdateName: given a deactivated person, when renamed, then it is refused", () => {
  given(created, deactivated).when(command).thenRefused({
    code: "InvalidStateTransition",
    message: `Cannot update name of person "${ID}": person is deactivated`,
  });
});

for (const { stage, event, message } of FINAL_STAGES) {
  Deno.test(`UpdateName: given a person who is ${stage}, when renamed, then it is refused`, () => {
    given(created, event).when(command).thenRefused({ code: "InvariantViolation", message });
  });
}

Deno.test("UpdateName: given a state at its limit, when the name grows, then it is refused", () => {
  const longer = nameOf({ given_names: ["Jane", "Ann"], family_names: ["Smith"] });
  given(created).when({ UpdateName: { person_id: ID, name: longer } }, {
    stateBytes: MAX_STATE_BYTES,
  })
    .thenRefused({
      code: "InvariantViolation",
      message: `Cannot update name of person "${ID}": state would grow to ${
        MAX_STATE_BYTES + 6
      } bytes, over ${MAX_STATE_BYTES}`,
    });
});

Deno.test("UpdateName: given a state over its limit, when the name does not grow, then it is accepted", () => {
  given(created).when(command, { stateBytes: MAX_STATE_BYTES + 1 }).then({
    type: "NameUpdated",
    data: { person_id: ID, old_name: NAME, new_name: name, reason: "Marriage", updated_at: NOW },
  });
  given(created).when({ UpdateName: { person_id: ID, name: NAME } }, {
    stateBytes: MAX_STATE_BYTES + 1,
  }).then({
    type: "NameUpdated",
    data: { person_id: ID, old_name: NAME, new_name: NAME, reason: null, updated_at: NOW },
  });
});
