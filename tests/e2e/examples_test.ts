import { assertEquals } from "@std/assert";
import { EXAMPLES } from "../../src/cli/examples.ts";
import { personService } from "../support/command_line.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";

const FOLDER = `${import.meta.dirname}/../../deployment/examples`;

const COMMANDS = [
  "ArchivePerson",
  "CreatePerson",
  "DeactivatePerson",
  "InvalidateAttribute",
  "MergePersons",
  "ReactivatePerson",
  "RecordAttribute",
  "RecordDeath",
  "SetBirthDate",
  "UpdateAttribute",
  "UpdateName",
];

Deno.test("examples: there is one for each command, named after it", () => {
  const namedAfterTheirCommand = [...EXAMPLES].filter(([name, example]) =>
    Object.keys(Object(example)).join() === name
  );
  assertEquals(namedAfterTheirCommand.map(([name]) => name).toSorted(), COMMANDS);
});

Deno.test("examples: each file can be sent by its name", async () => {
  const files = (await Array.fromAsync(Deno.readDir(FOLDER))).map(({ name }) => name);
  const examples = files.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
  assertEquals([...EXAMPLES.keys()].toSorted(), examples.toSorted());
});

Deno.test("examples: CreatePerson is the command that the guides have always shown", () => {
  assertEquals(EXAMPLES.get("CreatePerson"), {
    CreatePerson: {
      person_id: "019a5c30-1234-7abc-9def-123456789abc",
      name: {
        components: { given_names: ["Test"], family_names: ["User"] },
        naming_convention: "Western",
      },
      source: "manual-test",
    },
  });
});

Deno.test("examples: sent in the order listed, each is accepted by an empty store", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url };
  await using _service = await TestService.start(settings);
  const { stdout: listed } = await personService(["send", "--list-examples"]);
  const versions: Record<string, number> = {};
  for (const name of listed.split("\n")) {
    const args = ["send", "--example", name, "--json"];
    versions[name] = JSON.parse((await personService(args, settings)).stdout).version;
  }
  assertEquals(versions, await versionsInReadme());
});

/** The README's table promises a version for each. */
async function versionsInReadme(): Promise<Record<string, number>> {
  const readme = await Deno.readTextFile(`${FOLDER}/README.md`);
  const rows = readme.matchAll(/^\| \d+ +\| `([\w-]+)` .*\| (\d+) +\|$/gm);
  return Object.fromEntries([...rows].map(([, name = "", version]) => [name, Number(version)]));
}
