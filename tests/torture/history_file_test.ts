/** A history that is not whole, or none, is not checked. */
import { assertEquals, assertRejects } from "@std/assert";
import { TestFile } from "../support/test_file.ts";
import { recorded } from "./broken_histories.ts";
import { BadHistoryFile, readHistory, writeHistory } from "./history_file.ts";

const MAIN = `${import.meta.dirname}/main.ts`;

Deno.test("history file: given a history that was written, when it is read, then it is the same", async () => {
  await using file = await TestFile.create("");
  const history = {
    ...recorded,
    restore: { atMs: 1, lastSequence: 2, before: recorded.messages, outcomesBefore: [] },
  };
  for (const each of [recorded, history]) {
    await writeHistory(file.path, each);
    assertEquals(await readHistory(file.path), each);
  }
});

/** What may have become of a file, and what is said of it. */
const BROKEN: [what: string, change: (lines: string[]) => string[], message: string][] = [
  ["only its first line", (lines) => lines.slice(0, 1), "ends without its counts"],
  ["nothing in it", () => [], "ends without its counts"],
  ["its second half gone", (lines) => lines.slice(0, lines.length / 2), "ends without its counts"],
  ["its last line cut off", (lines) => [...lines.slice(0, -1), '{"counts":{"run'], "line 245"],
  ["an event's line gone", (lines) => without(lines, "message"), "89 of 90 message"],
  ["a snapshot's line gone", (lines) => without(lines, "snapshot"), "1 of 2 snapshot"],
  ["no run", (lines) => lines.slice(1), "of which run"],
  ["a line twice", (lines) => [...lines.slice(0, 2), ...lines.slice(1)], "117 of 116 operation"],
  ["another one behind it", (lines) => [...lines, ...lines], "goes on behind its counts"],
  ["a line that is none of it", (lines) => ['{"person":1}', ...lines], "line 1"],
  ["other text", () => ["# Read me"], "line 1"],
];

for (const [what, change, message] of BROKEN) {
  Deno.test(`history file: given one with ${what}, then it is refused`, async () => {
    await using file = await TestFile.create("");
    await writeHistory(file.path, recorded);
    const lines = (await Deno.readTextFile(file.path)).trimEnd().split("\n");
    await file.write(change(lines).join("\n"));
    await assertRejects(() => readHistory(file.path), BadHistoryFile, message);
  });
}

Deno.test("deno task torture --check: given no history, then it says so in one line, with exit status 2", async () => {
  const missing = `${import.meta.dirname}/missing.jsonl`;
  assertEquals(await runCheck(missing), { code: 2, lines: [`There is no file ${missing}`] });
  for (const other of [MAIN, `${import.meta.dirname}`]) {
    const { code, lines } = await runCheck(other);
    assertEquals([code, lines.length, lines[0]?.startsWith(other)], [2, 1, true]);
  }
});

/** The first line of a kind is left out. */
function without(lines: string[], kind: string): string[] {
  const at = lines.findIndex((line) => line.startsWith(`{"${kind}"`));
  return lines.filter((_, index) => index !== at);
}

async function runCheck(file: string): Promise<{ code: number; lines: string[] }> {
  const args = ["run", "-A", MAIN, "--check", file];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    stdout: "null",
    env: { NO_COLOR: "1" },
  }).output();
  return { code, lines: new TextDecoder().decode(stderr).trimEnd().split("\n") };
}
