import { assertEquals } from "@std/assert";
import { markdownSummary } from "./markdown_summary.ts";

Deno.test("markdownSummary: given a run, then it is the command and a table as deno fmt leaves it", async () => {
  const markdown = markdownSummary({
    command: "deno task torture --minutes 30 --seed a",
    seconds: 1803,
    faults: { "server killed": 12, "instance killed": 3 },
    commands: 720_123,
    durable: 72_001,
    acknowledged: 500_000,
    refused: 219_000,
    notStored: 1_123,
    unknown: 20_000,
    retries: 21_000,
    commandsPerSecond: 399,
    events: 501_234,
    batched: { events: 200_000, batches: 31_000, largest: 120 },
    lostEvents: 0,
    persons: 40_000,
    snapshots: 30_000,
    violations: [],
  });
  assertEquals(markdown.includes("| faults                                  | 15      |"), true);
  assertEquals(markdown.includes("| _server killed_                         | 12      |"), true);
  const file = await Deno.makeTempFile({ suffix: ".md" });
  await Deno.writeTextFile(file, `${markdown}\n`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--check", "--line-width", "100", file],
    stderr: "null",
    stdout: "null",
  }).output();
  await Deno.remove(file);
  assertEquals(success, true);
});
