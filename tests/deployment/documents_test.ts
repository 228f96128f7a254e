/** The documents: what they point to is there, and what they tell to do or quote is of this program. */
import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { type Block, blocksOf, documents, isThere, textOf } from "../support/documents.ts";

const GUIDE = "deployment/README.md";

/** Of a fence: run by tests/e2e/guide*_test.ts, tried by something else, or not at all, and why. */
const MARK = /^(test|tried|untried)=[\w./-]+$/;

Deno.test("Documents: given their links, when followed, then each leads to a file, and to a heading where it names one", () => {
  const broken = documents().flatMap((file) =>
    linksOf(file).filter((link) => !isThere(targetOf(file, link)) || !headingIsThere(file, link))
      .map((link) => `${file}: ${link}`)
  );
  assertEquals(broken, []);
});

Deno.test("Documents: given their shell blocks, when looked at, then each says how it was tried, or why not", () => {
  const unmarked = documents().flatMap((file) =>
    blocksOf(file).filter(({ language, mark }) => language === "sh" && !MARK.test(mark))
      .map(({ text }) => `${file}: ${text.split("\n")[0]}`)
  );
  assertEquals(unmarked, []);
});

Deno.test("Documents: given a shell block that says that it is tested, when looked for, then a test runs it", () => {
  const names = [
    "guide_test.ts",
    "guide_cluster_test.ts",
    "guide_jwt_test.ts",
    "guide_stuck_test.ts",
    "guide_poisoned_test.ts",
    "guide_settings_test.ts",
  ];
  const tests = names.map((name) => textOf(`tests/e2e/${name}`)).join();
  const unrun = blocksOf(GUIDE).flatMap(({ mark }) => mark.match(/^test=(.+)/)?.[1] ?? [])
    .filter((name) => !new RegExp(`[bB]locks\\("${name}"`).test(tests));
  assertEquals(unrun, []);
});

Deno.test("Documents: given a shell block that says what tried it, when looked for, then that is there", () => {
  const gone = documents().flatMap(blocksOf)
    .flatMap(({ mark }) => mark.match(/^tried=(.+)/)?.[1] ?? []).filter((path) => !isThere(path));
  assertEquals(gone, []);
});

Deno.test("Documents: given the messages that the guide quotes, when looked for, then the program has each of them", () => {
  const unknown = quotedMessages().filter((message) => !isOfTheProgram(message));
  assertEquals(unknown, []);
});

Deno.test("Documents: given a message that the program does not have, when looked for, then it is not found", () => {
  assertEquals(
    isOfTheProgram("Cannot connect to Kafka at 192.0.2.1:9092: connection refused"),
    false,
  );
});

function linksOf(file: string): string[] {
  const prose = textOf(file).replaceAll(/^( *)```[^]*?^ *```$/gm, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link)
    .filter((link) => !/^\w+:/.test(link));
}

function targetOf(file: string, link: string): string {
  const [path = ""] = link.split("#");
  return path === "" ? file : join(dirname(file), path);
}

/** As the usual renderers name headings: small letters, hyphens for blanks, no other marks. */
function headingIsThere(file: string, link: string): boolean {
  const [, heading] = link.split("#");
  if (heading === undefined) return true;
  const headings = textOf(targetOf(file, link)).matchAll(/^#+ (.+)$/gm);
  return [...headings].some(([, text = ""]) =>
    text.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-") === heading
  );
}

/** Lines of the blocks for messages, and what stands in the first cell of the tables of messages. */
function quotedMessages(): string[] {
  const isQuote = ({ mark }: Block) => mark === "message";
  const blocks = blocksOf(GUIDE).filter(isQuote).flatMap(({ text }) => text.split("\n"));
  const [, troubleshooting = ""] = textOf(GUIDE).split("\n## Troubleshooting\n");
  const cells = [...troubleshooting.matchAll(/^\| `(.+?)` +\|/gm)].map(([, cell = ""]) => cell);
  return [...blocks, ...cells].map((message) => message.trim());
}

/** Whether a text of the sources, with anything where it has a value, is in the message. */
function isOfTheProgram(message: string): boolean {
  return templates.some((template) => template.test(message));
}

const templates = [...sources("src/")].flatMap((path) =>
  [...textOf(path).matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .flatMap(([, quoted, template]) => (quoted ?? template ?? "").split("\\n"))
    .map((text) =>
      text.replaceAll(/\$\{[^]*?\}|\{\w+\}|\$\{[^}]*$/g, "\0").replaceAll(/\\(.)/g, "$1")
    )
    // Short texts are in everything.
    .filter((text) => text.replaceAll("\0", "").length >= 12)
    .map((text) => new RegExp(text.split("\0").map(RegExp.escape).join(".*")))
);

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}
