import { assertEquals } from "@std/assert";
import { judgeClock } from "../../src/cli/doctor/clock.ts";
import { failed, ok, skipped, warning } from "../../src/cli/doctor/finding.ts";
import { lineOf, markdownOf, summaryOf } from "../../src/cli/doctor/report.ts";
import { bytes, checkUsage } from "../../src/cli/doctor/usage.ts";

Deno.test("judgeClock: given samples, when they differ, then the one that took the shortest counts", () => {
  const slow = { sentMs: 0, serverMs: 9_000, receivedMs: 4_000 };
  const quick = { sentMs: 5_000, serverMs: 5_020, receivedMs: 5_020 };
  assertEquals(
    judgeClock([slow, quick, slow]),
    ok("clock", "10 ms behind the server's, give or take 10 ms"),
  );
});

Deno.test("judgeClock: given more than a second beyond doubt, then it warns, whichever is ahead", () => {
  const at = (serverMs: number) => judgeClock([{ sentMs: 10_000, serverMs, receivedMs: 10_200 }]);
  assertEquals(
    [8_999, 9_001, 11_199, 11_201].map((serverMs) => at(serverMs).status),
    ["warning", "ok", "ok", "warning"],
  );
  assertEquals(at(5_100).found, "5000 ms ahead of the server's, give or take 100 ms");
});

Deno.test("judgeClock: given no sample, then nothing is said", () => {
  assertEquals(judgeClock([]).status, "skipped");
});

Deno.test("checkUsage: given a limit, when it is nearly reached, then it warns before it fails", () => {
  const at = (used: number, limit: number) =>
    checkUsage("storage", { used, limit, show: String }, "make room").status;
  assertEquals(
    [at(79, 100), at(80, 100), at(94, 100), at(95, 100), at(200, 100)],
    ["ok", "warning", "warning", "failed", "failed"],
  );
  assertEquals([at(1e15, -1), at(1e15, 0)], ["ok", "ok"]);
});

Deno.test("bytes: given an amount, then it is told in the unit that fits", () => {
  assertEquals([0, 1, 1_023, 1_024, 1_536, 1024 ** 2, 5 * 1024 ** 4, 1024 ** 5].map(bytes), [
    "0 bytes",
    "1 bytes",
    "1023 bytes",
    "1.0 KiB",
    "1.5 KiB",
    "1.0 MiB",
    "5.0 TiB",
    "1024.0 TiB",
  ]);
});

const FINDINGS = [
  ok("a", "fine"),
  warning("b", "so | so", "do\n  this"),
  failed("c", "broken"),
  skipped("d", "dark"),
];

Deno.test("report: given findings, then each is a line, with its mark coloured on a terminal", () => {
  assertEquals(FINDINGS.map((finding) => lineOf(finding, false)), [
    "ok       a: fine",
    "warning  b: so | so -> do\n  this",
    "failed   c: broken",
    "skipped  d: dark",
  ]);
  assertEquals(lineOf(failed("c", "broken"), true), "\x1b[31mfailed \x1b[0m  c: broken");
  assertEquals(summaryOf(FINDINGS), "1 ok, 1 warning, 1 failed, 1 skipped");
});

Deno.test("report: given findings with marks of Markdown's own, then the table keeps its columns", () => {
  const circumstances = { server: "s:1", stream: "S", at: "2026-01-02T03:04:05Z" };
  assertEquals(markdownOf(FINDINGS, circumstances).split("\n").slice(-4), [
    "| ok | a | fine |  |",
    "| warning | b | so \\| so | do this |",
    "| failed | c | broken |  |",
    "| skipped | d | dark |  |",
  ]);
});
