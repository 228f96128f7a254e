import { createPerson, plainName, updateName } from "../support/command_client.ts";
import { attribute, height, merge } from "../support/every_command.ts";
import type { Random } from "./random.ts";

/** A command's name, or one that no state accepts. */
export type CommandName = keyof typeof MAKE;

/** What a command is made of. No day is near today, so that the outcome does not depend on the clock. */
export type Ingredients = {
  personId: string;
  /** Of a merge. */
  targetId: string;
  /** Tells the command's payload from all others. */
  text: string;
  random: Random;
};

const EYES = { Identifying: "EyeColor" };
const HEIGHT = { Physical: "Height" };

const MAKE = {
  CreatePerson: ({ personId, text }: Ingredients) => createPerson(personId, text),
  UpdateName: ({ personId, text }: Ingredients) => updateName(personId, text),
  SetBirthDate: ({ personId: person_id, random }: Ingredients) => {
    const birth_date = `19${random.integer(20, 99)}-0${random.integer(1, 9)}-11`;
    return { SetBirthDate: { person_id, birth_date } };
  },
  RecordDeath: ({ personId: person_id, random }: Ingredients) => {
    // Some are before the birth.
    const date_of_death = `${random.integer(1950, 2020)}-12-31`;
    return { RecordDeath: { person_id, date_of_death } };
  },
  DeactivatePerson: ({ personId: person_id, text: reason }: Ingredients) => ({
    DeactivatePerson: { person_id, reason },
  }),
  ReactivatePerson: ({ personId: person_id, text: reason }: Ingredients) => ({
    ReactivatePerson: { person_id, reason },
  }),
  ArchivePerson: ({ personId: person_id, text: reason }: Ingredients) => ({
    ArchivePerson: { person_id, reason },
  }),
  MergePersons: ({ personId, targetId }: Ingredients) => merge(personId, targetId),
  RecordAttribute: ({ personId: person_id, random }: Ingredients) => ({
    RecordAttribute: { person_id, attribute: height(metres(random)) },
  }),
  UpdateAttribute: ({ personId: person_id, random }: Ingredients) => ({
    UpdateAttribute: { person_id, attribute_type: HEIGHT, new_attribute: height(metres(random)) },
  }),
  InvalidateAttribute: ({ personId: person_id, text: reason, random }: Ingredients) => ({
    InvalidateAttribute: { person_id, attribute_type: random.pick([EYES, HEIGHT]), reason },
  }),
  invalid: (ingredients: Ingredients) => ingredients.random.pick(INVALID)(ingredients),
};

/** Commands that no state accepts. */
const INVALID: ((ingredients: Ingredients) => unknown)[] = [
  ({ text }) => ({ RenamePerson: { text } }),
  ({ text }) => ({ UpdateName: { person_id: "nobody", name: plainName(text) } }),
  ({ personId: person_id, text }) => ({
    UpdateName: { person_id, name: plainName(" "), reason: text },
  }),
  ({ personId: person_id, text }) => ({ UpdateName: { person_id, nom: plainName(text) } }),
  ({ personId: person_id }) => ({ SetBirthDate: { person_id, birth_date: "1990-02-30" } }),
  ({ personId: person_id }) => ({ SetBirthDate: { person_id, birth_date: "2999-12-31" } }),
  ({ personId: person_id }) => ({ DeactivatePerson: { person_id, reason: " " } }),
  ({ personId }) => merge(personId, personId),
  ({ personId: person_id }) => ({
    RecordAttribute: { person_id, attribute: attribute(EYES, { Length: 2 }) },
  }),
];

/** A command of this name. */
export function makeCommand(name: CommandName, ingredients: Ingredients): unknown {
  return MAKE[name](ingredients);
}

/** What goes with a command. */
export function headersOf(
  commandId: string,
  expectedVersion: number | null,
): Record<string, string> {
  return {
    "Nats-Msg-Id": commandId,
    ...(expectedVersion === null ? {} : { "Expected-Version": String(expectedVersion) }),
  };
}

function metres(random: Random): number {
  return random.integer(100, 250) / 100;
}
