/**
 * The example commands, imported rather than read so that a compiled binary holds them.
 *
 * @module
 */
import archivePerson from "../../deployment/examples/ArchivePerson.json" with { type: "json" };
import createPerson from "../../deployment/examples/CreatePerson.json" with { type: "json" };
import createDuplicate from "../../deployment/examples/CreatePerson-duplicate.json" with {
  type: "json",
};
import createFather from "../../deployment/examples/CreatePerson-father.json" with { type: "json" };
import deactivatePerson from "../../deployment/examples/DeactivatePerson.json" with {
  type: "json",
};
import invalidateAttribute from "../../deployment/examples/InvalidateAttribute.json" with {
  type: "json",
};
import mergePersons from "../../deployment/examples/MergePersons.json" with { type: "json" };
import reactivatePerson from "../../deployment/examples/ReactivatePerson.json" with {
  type: "json",
};
import recordAttribute from "../../deployment/examples/RecordAttribute.json" with { type: "json" };
import recordDeath from "../../deployment/examples/RecordDeath.json" with { type: "json" };
import setBirthDate from "../../deployment/examples/SetBirthDate.json" with { type: "json" };
import updateAttribute from "../../deployment/examples/UpdateAttribute.json" with { type: "json" };
import updateName from "../../deployment/examples/UpdateName.json" with { type: "json" };

/**
 * By the names of their files, in an order in which each is accepted after those before it: a
 * lifecycle that ended can't go on, so the archived person is the last to be touched.
 */
export const EXAMPLES: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["CreatePerson", createPerson],
  ["UpdateName", updateName],
  ["SetBirthDate", setBirthDate],
  ["RecordAttribute", recordAttribute],
  ["UpdateAttribute", updateAttribute],
  ["InvalidateAttribute", invalidateAttribute],
  ["DeactivatePerson", deactivatePerson],
  ["ReactivatePerson", reactivatePerson],
  ["CreatePerson-duplicate", createDuplicate],
  ["MergePersons", mergePersons],
  ["CreatePerson-father", createFather],
  ["RecordDeath", recordDeath],
  ["ArchivePerson", archivePerson],
]);
