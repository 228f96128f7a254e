import { assertEquals } from "@std/assert";
import { readArguments } from "./arguments.ts";

Deno.test("Torture arguments: given any seed, when its command is run by a shell, then it reads the same", async () => {
  for (const seed of ["93", "first light", "it's $HOME"]) {
    const read = readArguments(["--seed", seed, "--minutes", "2", "--replicas", "3"]);
    const [, , , ...again] = await wordsOf(read.action === "run" ? read.options.command : "");
    assertEquals(readArguments(again), read);
  }
});

/** The words that a shell makes of a line. */
async function wordsOf(line: string): Promise<string[]> {
  const command = new Deno.Command("sh", { args: ["-c", `printf '%s\\n' ${line}`] });
  const { stdout } = await command.output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}
