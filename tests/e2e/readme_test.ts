import { assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { SETTINGS } from "../../src/config_settings.ts";
import { assertThat } from "../support/assert_that.ts";
import { CommandClient } from "../support/command_client.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";

const root = new URL("../../", import.meta.url);
const readme = Deno.readTextFileSync(new URL("README.md", root));
const PERSON_ID = "019a5c30-1234-7abc-9def-123456789abc";

Deno.test("README: given a fresh server, when its example is pasted, then reply and stored event are as printed", async () => {
  await using server = await TestNatsServer.start();
  await using _service = await TestService.start({ NATS_URL: server.url });
  const [command] = block("sh", "task send");
  assertThat(command !== undefined);

  assertEquals(await paste(command, server.url), block("text", "accepted  person"));

  await using client = await CommandClient.connect(server.url);
  const jsm = await jetstreamManager(client.nc);
  const last_by_subj = `person.events.${PERSON_ID}.created`;
  const stored = await jsm.streams.getMessage("PERSON_EVENTS", { last_by_subj });
  const printed = JSON.parse(block("json", '"PersonCreated"').join("\n"));
  assertEquals(withoutOwn(stored?.json()), withoutOwn(printed));
});

Deno.test("README: given a fresh server, when its example is sent with --json, then the reply is as printed", async () => {
  await using server = await TestNatsServer.start();
  await using _service = await TestService.start({ NATS_URL: server.url });
  const [command] = block("sh", "task send");
  const reply = await paste(`${command ?? ""} --json`, server.url);
  assertEquals(
    reply,
    block("text", '{"aggregate_id"'),
  );
});

Deno.test("README: then it lists every setting with its default and meaning", () => {
  const rows = tableAfter("## Configuration");
  const settings = SETTINGS.map(({ name, default: fallback, description }) => [
    `\`${name}\``,
    fallback === "" ? "" : `\`${fallback}\``,
    description,
  ]);
  assertEquals(rows, settings);
});

Deno.test("README: then every package of the import map has its reason", () => {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  const reasons = tableAfter("## Dependencies").map(([packages]) => packages).join(" ");
  for (const name of Object.keys(imports)) {
    const published = name.startsWith("@std/") ? "deno-std" : name;
    assertThat(reasons.includes(`\`${published}\``), `No reason for "${published}"`);
  }
});

Deno.test("README: then all name the Deno version that the tests run on", () => {
  const files = ["README.md", ".ci/run"];
  for (const file of files) {
    const versions = Deno.readTextFileSync(new URL(file, root)).match(/deno@[\d.]+\d/g) ?? [];
    assertEquals([...new Set(versions)], [`deno@${Deno.version.deno}`], file);
  }
});

/** The lines of the fenced block of this language that contains the text. */
function block(language: string, text: string): string[] {
  const fences = readme.matchAll(new RegExp(`\`\`\`${language}[^\\n]*\\n([^]*?)\\n\`\`\``, "g"));
  const found = [...fences].map(([, content = ""]) => content).find((each) => each.includes(text));
  assertThat(found !== undefined, `README has no ${language} block with ${text}`);
  const lines = found.split("\n");
  return language === "sh" ? lines.filter((line) => line.includes(text)) : lines;
}

/** The cells of the first table behind a heading, without its head. */
function tableAfter(heading: string): string[][] {
  const [, section = ""] = readme.split(`${heading}\n`);
  const [table = ""] = section.split("\n\n").filter((part) => part.startsWith("|"));
  return table.split("\n").slice(2).map((row) =>
    row.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

/** Runs a command line of the README with the Deno of this test in place of npm's, and gives what it prints. */
async function paste(commandLine: string, natsUrl: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", commandLine.replace(/npx -y deno@[\d.]+/, `'${Deno.execPath()}'`)],
    cwd: root,
    env: { NATS_URL: natsUrl, NO_COLOR: "1" },
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

function withoutOwn(envelope: unknown): unknown {
  return JSON.parse(
    JSON.stringify(envelope),
    (key, value) => /(_at|^timestamp|^correlation_id|^causation_id)$/.test(key) ? "own" : value,
  );
}
