/**
 * A command of each name; a person that has a height and is in the right stage of life accepts it.
 *
 * @module
 */
import { createPerson, updateName } from "./command_client.ts";

const HEIGHT = { Physical: "Height" };

/** An attribute. */
export function attribute(attribute_type: unknown, value: unknown, temporal = {}): unknown {
  return {
    attribute_type,
    value,
    temporal: { recorded_at: "2024-01-01T00:00:00Z", ...temporal },
    provenance: { source: "Measured", confidence: "Certain" },
  };
}

/** An attribute of the type `{"Physical": "Height"}`. */
export function height(metres: number, temporal = {}): unknown {
  return attribute(HEIGHT, { Length: metres }, temporal);
}

/** Makes a command for a person; a merge needs another one. */
export type MakeCommand = (personId: string, otherId: string) => unknown;

/** By name; the merge is there twice, once for each of the places that a person can have in it. */
export const EVERY_COMMAND = {
  CreatePerson: (person_id) => createPerson(person_id),
  UpdateName: (person_id) => updateName(person_id, "Grace"),
  SetBirthDate: (person_id) => ({ SetBirthDate: { person_id, birth_date: "1990-01-02" } }),
  RecordDeath: (person_id) => ({ RecordDeath: { person_id, date_of_death: "2024-05-05" } }),
  DeactivatePerson: (person_id) => ({ DeactivatePerson: { person_id, reason: "moved" } }),
  ReactivatePerson: (person_id) => ({ ReactivatePerson: { person_id, reason: "back" } }),
  ArchivePerson: (person_id) => ({ ArchivePerson: { person_id, reason: "over" } }),
  "MergePersons, as source": (person_id, otherId) => merge(person_id, otherId),
  "MergePersons, as target": (person_id, otherId) => merge(otherId, person_id),
  RecordAttribute: (person_id) => ({ RecordAttribute: { person_id, attribute: height(1.7) } }),
  UpdateAttribute: (person_id) => ({
    UpdateAttribute: { person_id, attribute_type: HEIGHT, new_attribute: height(1.8) },
  }),
  InvalidateAttribute: (person_id) => ({
    InvalidateAttribute: { person_id, attribute_type: HEIGHT },
  }),
} satisfies Record<string, MakeCommand>;

/** `MergePersons` of the first into the second. */
export function merge(source_person_id: string, target_person_id: string): unknown {
  return {
    MergePersons: { source_person_id, target_person_id, merge_reason: "DuplicateIdentity" },
  };
}
