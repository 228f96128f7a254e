import { assertEquals } from "@std/assert";

Deno.test("deno task fuzz: given --help, then it prints how to use it and sends nothing", async () => {
  const { code, stdout, stderr } = await fuzz("--help");
  assertEquals([code, stdout.split("\n")[0], stderr], [0, "Usage: deno task fuzz [options]", ""]);
});

Deno.test("deno task fuzz: given arguments that it can't take, then it says so in one line, with exit status 2", async () => {
  const refusals: [args: string[], message: string][] = [
    [["--mesages", "5"], 'Unknown option "--mesages": did you mean "--messages"?\n'],
    [["--messages"], 'Option "--messages" needs a value\n'],
    [["--messages", "0"], '--messages takes a whole number from 1 on, not "0"\n'],
    [["--seed", "abc"], '--seed takes a whole number from 0 on, not "abc"\n'],
    [["5"], 'Unexpected argument "5"\n'],
  ];
  for (const [args, stderr] of refusals) {
    assertEquals(await fuzz(...args), { code: 2, stdout: "", stderr });
  }
});

async function fuzz(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${import.meta.dirname}/../fuzz.ts`, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
