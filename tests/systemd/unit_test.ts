import { assertEquals, assertLessOrEqual, assertStringIncludes } from "@std/assert";
import { SETTINGS } from "../../src/config_settings.ts";

const FOLDER = `${import.meta.dirname}/../../deployment/systemd`;
const UNIT = `${FOLDER}/cim-domain-person.service`;

type Sections = Record<string, Record<string, string | string[]>>;

/** A unit file as JSON: what is given more than once becomes a list. */
function readUnit(text: string): Sections {
  const sections: Sections = {};
  let section: Sections[string] = {};
  for (const line of text.split("\n").filter((line) => !/^(#|\s*$)/.test(line))) {
    const header = line.match(/^\[(\w+)\]$/)?.[1];
    if (header !== undefined) {
      section = sections[header] = {};
      continue;
    }
    const [name = "", ...rest] = line.split("=");
    const value = rest.join("=");
    const earlier = section[name];
    section[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return sections;
}

const textOf = (name: string) => Deno.readTextFile(`${FOLDER}/${name}`);

async function hasProgram(name: string): Promise<boolean> {
  const found = await new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).output();
  return found.success;
}

Deno.test("the unit and directives.json, which the NixOS module reads, say the same", async () => {
  assertEquals(
    JSON.parse(await textOf("directives.json")),
    readUnit(await Deno.readTextFile(UNIT)),
  );
});

Deno.test("the unit keeps the names that operators know", async () => {
  const { Service } = readUnit(await Deno.readTextFile(UNIT));
  assertEquals(Service?.["ExecStart"], "/usr/local/bin/person-service serve");
  assertEquals(Service?.["EnvironmentFile"], "-/etc/cim-person/environment");
  assertEquals(Service?.["StateDirectory"], "cim-person");
  assertEquals(Service?.["User"], "cim-person");
  assertEquals(Service?.["SyslogIdentifier"], "cim-person");
});

Deno.test({
  name: "systemd-analyze security gives the unit 1.0 or less (skipped without systemd-analyze)",
  ignore: !await hasProgram("systemd-analyze"),
  fn: async () => {
    const args = ["security", "--offline=true", "--no-pager", UNIT];
    const { stdout } = await new Deno.Command("systemd-analyze", { args }).output();
    const text = new TextDecoder().decode(stdout);
    assertLessOrEqual(Number(text.match(/Overall exposure level .*: ([\d.]+)/)?.[1]), 1.0);
  },
});

Deno.test("environment.example has every setting in its order, described, commented, with its default", async () => {
  const text = await textOf("environment.example");
  const written = [...text.matchAll(/^#([A-Z_]+)=(.*)$/gm)];
  assertEquals(written.map(([, name]) => name), SETTINGS.map(({ name }) => name));
  for (const { name, default: byDefault, description } of SETTINGS) {
    assertStringIncludes(text, `\n# ${description}`);
    const value = written.find(([, each]) => each === name)?.[2];
    // A default in words depends on the surroundings, and files have none.
    if (byDefault !== "" && !byDefault.includes(" ")) assertEquals(value, byDefault);
  }
  const settings = text.split("\n").filter((line) => !/^(#|$)/.test(line));
  assertEquals(settings, []);
});

Deno.test("each drop-in adds to the service alone, and credentials.conf names files of settings", async () => {
  for (const name of ["credentials.conf", "http.conf", "jit.conf"]) {
    assertEquals(Object.keys(readUnit(await textOf(name))), ["Service"]);
  }
  const credentials = (await textOf("credentials.conf")).replaceAll(/^#(?=\w+=)/gm, "");
  const service = readUnit(credentials)["Service"];
  const files = [service?.["LoadCredential"] ?? []].flat().map((each) => each.split(":")[0]);
  const used = [service?.["Environment"] ?? []].flat().flatMap((each) => each.split(" "))
    .map((each) => each.split("="));
  assertEquals(used.map(([, file]) => file).sort(), files.sort());
  const known = new Set(SETTINGS.map(({ name }) => name));
  assertEquals(used.filter(([name = ""]) => !known.has(name)), []);
});
