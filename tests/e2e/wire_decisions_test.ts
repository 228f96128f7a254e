import { createPerson } from "../support/command_client.ts";
import { attribute, height, merge } from "../support/every_command.ts";
import { assertRefused, ID, type Refused, type Row } from "../support/refusals.ts";
import { TestSystem } from "../support/test_system.ts";

const created = createPerson(ID);
const birth = (birth_date: unknown) => ({ SetBirthDate: { person_id: ID, birth_date } });
const death = (date_of_death: unknown) => ({ RecordDeath: { person_id: ID, date_of_death } });
const record = (recorded: unknown) => ({ RecordAttribute: { person_id: ID, attribute: recorded } });
const update = (new_attribute: unknown) => ({
  UpdateAttribute: { person_id: ID, attribute_type: { Physical: "Height" }, new_attribute },
});
const invalidate = {
  InvalidateAttribute: { person_id: ID, attribute_type: { Physical: "Height" } },
};
const CUSTOM = { Custom: { organization: "o", attribute_name: "n", category: "c" } };
const LARGE = attribute(CUSTOM, { TextList: Array(20).fill("x".repeat(9_999)) });

/** Found by deciding it on the person's state. */
const invalid = (path: string, version: number): Refused => ({
  code: "ValidationError",
  paths: [path],
  version,
});

const INVALID: Row[] = [
  ["a birth date again", [created, birth("1990-01-02")], birth("1990-01-02"), {
    code: "InvariantViolation",
    version: 2,
  }],
  ["a birth in the future", [created], birth("9999-12-31"), invalid("SetBirthDate.birth_date", 1)],
  [
    "a death in the future",
    [created],
    death("9999-12-31"),
    invalid("RecordDeath.date_of_death", 1),
  ],
  [
    "a death before the birth",
    [created, birth("1990-01-02")],
    death("1990-01-01"),
    invalid("RecordDeath.date_of_death", 2),
  ],
  [
    "a birth after the death",
    [created, death("1990-01-01")],
    birth("1990-01-02"),
    invalid("SetBirthDate.birth_date", 2),
  ],
  [
    "a deactivation for a blank reason",
    [created],
    { DeactivatePerson: { person_id: ID, reason: " " } },
    invalid("DeactivatePerson.reason", 1),
  ],
  [
    "an archiving for no reason",
    [created],
    { ArchivePerson: { person_id: ID, reason: "" } },
    invalid("ArchivePerson.reason", 1),
  ],
  [
    "a merge of a person into itself",
    [created],
    merge(ID, ID),
    invalid("MergePersons.target_person_id", 1),
  ],
  [
    "a kind of value that the type does not take",
    [created],
    record(attribute({ Physical: "Height" }, { Mass: 70 })),
    invalid("RecordAttribute.attribute.value", 1),
  ],
  [
    "an attribute of another type than the one updated",
    [created, record(height(1.7))],
    update(attribute({ Physical: "Weight" }, { Mass: 70 })),
    invalid("UpdateAttribute.new_attribute.attribute_type", 2),
  ],
  ["the update of an attribute that there is not", [created], update(height(1.7)), {
    code: "NotFound",
    version: 1,
  }],
  ["the end of an attribute that there is not", [created], invalidate, {
    code: "NotFound",
    version: 1,
  }],
  [
    "the end of an attribute that has ended",
    [created, record(height(1.7)), invalidate],
    invalidate,
    { code: "NotFound", version: 3 },
  ],
  [
    "a state of over 512 KiB",
    [created, record(LARGE), record(LARGE)],
    record(LARGE),
    { code: "InvariantViolation", version: 3 },
  ],
];

Deno.test("every command on facts that can't be is refused as documented", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  await assertRefused(system, INVALID);
});
