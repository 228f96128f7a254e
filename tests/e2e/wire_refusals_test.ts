import { assertEquals } from "@std/assert";
import { createPerson, plainName } from "../support/command_client.ts";
import { attribute, height } from "../support/every_command.ts";
import { assertRefused, ID, type Refused, type Row } from "../support/refusals.ts";
import { TestSystem } from "../support/test_system.ts";

const created = createPerson(ID);
const birth = (birth_date: unknown) => ({ SetBirthDate: { person_id: ID, birth_date } });
const death = (date_of_death: unknown) => ({ RecordDeath: { person_id: ID, date_of_death } });
const record = (recorded: unknown) => ({ RecordAttribute: { person_id: ID, attribute: recorded } });
const named = (components: unknown) => ({
  UpdateName: { person_id: ID, name: { components, naming_convention: "Western" } },
});
const CUSTOM = { Custom: { organization: "o", attribute_name: "n", category: "c" } };
/** A command of so many levels of JSON, four of them around the lists. */
const nested = (levels: number) =>
  record(attribute(CUSTOM, { Json: JSON.parse("[".repeat(levels - 4) + "]".repeat(levels - 4)) }));

const PARSE_ERROR: Refused = { code: "ParseError" };
/** Found by reading the command alone. */
const malformed = (...paths: string[]): Refused => ({ code: "ValidationError", paths });
/** Found before there is a path to name. */
const UNACCEPTABLE: Refused = { code: "ValidationError" };

const UNREADABLE: Row[] = [
  ["an empty payload", [], "", PARSE_ERROR],
  ["text that is not JSON", [], "CreatePerson", PARSE_ERROR],
  ["invalid UTF-8", [], new Uint8Array([0x22, 0xff, 0x22]), PARSE_ERROR],
  ["a number", [], 7, PARSE_ERROR],
  ["null", [], null, PARSE_ERROR],
  ["a list of commands", [], [created], PARSE_ERROR],
  ["no command", [], {}, PARSE_ERROR],
  ["an unknown command", [], { DeletePerson: { person_id: ID } }, PARSE_ERROR],
  ["a name that every object inherits", [], { constructor: { person_id: ID } }, PARSE_ERROR],
  ["a command's name in another case", [], { recordDeath: {} }, PARSE_ERROR],
  ["two commands at once", [], { ...birth("1990-01-02"), ...death("2000-01-01") }, PARSE_ERROR],
  ["a __proto__ key", [], `{"CreatePerson":{"__proto__":{"person_id":"${ID}"}}}`, PARSE_ERROR],
];

const MALFORMED: Row[] = [
  [
    "a command without fields",
    [],
    { RecordDeath: {} },
    malformed("RecordDeath.person_id", "RecordDeath.date_of_death"),
  ],
  ["a command that is no object", [], { CreatePerson: "Ada" }, malformed("CreatePerson")],
  [
    "a bad person id",
    [],
    { RecordDeath: { person_id: "ada", date_of_death: "2000-01-01" } },
    malformed("RecordDeath.person_id"),
  ],
  [
    "an unknown field",
    [],
    { SetBirthDate: { person_id: ID, birth_date: "1990-01-02", birthdate: "1990-01-02" } },
    malformed("SetBirthDate.birthdate"),
  ],
  ["a day that there is not", [], birth("1990-02-30"), malformed("SetBirthDate.birth_date")],
  ["a nameless person", [], named({}), malformed("UpdateName.name.components")],
  [
    "a blank part of a name",
    [],
    named({ given_names: ["Ada", " "] }),
    malformed("UpdateName.name.components.given_names.1"),
  ],
  [
    "null in place of a list",
    [],
    named({ given_names: ["Ada"], suffixes: null }),
    malformed("UpdateName.name.components.suffixes"),
  ],
  [
    "an unknown variant",
    [],
    record(attribute(CUSTOM, { Colour: "Blue" })),
    malformed("RecordAttribute.attribute.value"),
  ],
  [
    "two variants at once",
    [],
    record(attribute(CUSTOM, { Length: 1, Mass: 1 })),
    malformed("RecordAttribute.attribute.value"),
  ],
  [
    "a length of zero",
    [],
    record(height(0)),
    malformed("RecordAttribute.attribute.value.Length"),
  ],
  [
    "a validity that ends before it begins",
    [],
    record(height(1.7, { valid_from: "2024-01-02", valid_until: "2024-01-01" })),
    malformed("RecordAttribute.attribute.temporal.valid_until"),
  ],
  [
    "a number that a double can't hold",
    [],
    `{"RecordAttribute":{"person_id":"${ID}","attribute":{"value":{"Integer":9007199254740993}}}}`,
    UNACCEPTABLE,
  ],
  [
    "a name part of 1,001 characters",
    [],
    named({ given_names: ["x".repeat(1_001)] }),
    malformed("UpdateName.name.components.given_names.0"),
  ],
  [
    "a list of 201 items",
    [],
    named({ given_names: Array(201).fill("x") }),
    malformed("UpdateName.name.components.given_names"),
  ],
  [
    "a text of 10,001 characters",
    [],
    { CreatePerson: { person_id: ID, name: plainName("Ada"), source: "x".repeat(10_001) } },
    malformed("CreatePerson.source"),
  ],
  ["65 levels of JSON", [], nested(65), UNACCEPTABLE],
  ["a command of over 256 KiB", [], JSON.stringify(created).padEnd(256 * 1024 + 1), UNACCEPTABLE],
];

Deno.test("every payload that is no readable command is refused as documented", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  await assertRefused(system, [...UNREADABLE, ...MALFORMED]);
});

Deno.test("commands at the limits are accepted", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const atTheLimit = [
    JSON.stringify(created).padEnd(256 * 1024),
    named({ given_names: ["x".repeat(1_000)] }),
    named({ given_names: Array(200).fill("x") }),
    named({ given_names: ["😀".repeat(1_000)] }),
    { UpdateName: { person_id: ID, name: plainName("Ada"), reason: "x".repeat(10_000) } },
    nested(64),
  ];
  const versions = [];
  for (const payload of atTheLimit) {
    const { version, error } = await system.client.send(payload);
    versions.push(version ?? error);
  }
  assertEquals(versions, [1, 2, 3, 4, 5, 6]);
});
