import { assertEquals, assertMatch } from "@std/assert";
import { getLogger } from "@logtape/logtape";
import { type LogSettings, setUpLogging, toggleDebug } from "../../src/log.ts";

const logger = getLogger(["person-service", "test"]);
const JSON_LINES: LogSettings = { logLevel: "info", logFormat: "json", underSystemd: false };
const TEXT_LINES: LogSettings = { ...JSON_LINES, logFormat: "text" };

Deno.test("Log: given JSON lines, when something is logged, then a line has time, level, logger, message and properties", () => {
  const [line] = logged(JSON_LINES, () => logger.warn("Took {n} of {m}", { n: 1, m: ["a"] }));
  const { time, ...fields } = JSON.parse(line ?? "");
  assertMatch(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assertEquals(fields, {
    level: "warn",
    logger: "person-service.test",
    message: 'Took 1 of ["a"]',
    n: 1,
    m: ["a"],
  });
});

Deno.test("Log: given JSON lines, when an error is logged, then its name, message, stack and cause are fields", () => {
  const error = Object.assign(new TypeError("outer", { cause: new Error("inner") }), { code: 7 });
  const [line] = logged(JSON_LINES, () => logger.error("Failed", { error }));
  const { error: fields } = JSON.parse(line ?? "");
  const { name, message, code, cause } = fields;
  assertEquals({ name, message, code }, { name: "TypeError", message: "outer", code: 7 });
  assertEquals([cause.name, cause.message], ["Error", "inner"]);
  assertMatch(fields.stack, /^TypeError: outer\n\s+at .*log_test\.ts/);
});

Deno.test("Log: given properties that JSON can't hold or that take a field's name, when logged, then the line stands", () => {
  const loop: Record<string, unknown> = { day: new Date(0) };
  loop["self"] = loop;
  const [line] = logged(JSON_LINES, () => {
    logger.info("Odd", { loop, large: 2n ** 64n, none: undefined, level: "mine" });
  });
  const { loop: written, large, level, level_, message } = JSON.parse(line ?? "");
  assertEquals({ written, large, level, level_, message }, {
    written: { day: "1970-01-01T00:00:00.000Z", self: "[circular]" },
    large: "18446744073709551616",
    level: "info",
    level_: "mine",
    message: "Odd",
  });
});

Deno.test("Log: given text, when something is logged, then properties that the message lacks follow it", () => {
  const [line] = logged(TEXT_LINES, () => logger.info("Took {n}", { n: 1, of: "two" }));
  assertMatch(line ?? "", /^\S+Z INFO {2}person-service\.test: Took 1 of="two"\n$/);
});

Deno.test("Log: given text, when a value holds line breaks or escapes, then it forges no line", () => {
  const hostile = "x\n2024-01-01 ERROR \u001b[2J";
  const [line] = logged(TEXT_LINES, () => logger.info("Got {hostile}", { hostile }));
  assertMatch(line ?? "", /: Got x\\n2024-01-01 ERROR \\u001b\[2J\n$/);
});

Deno.test("Log: given text, when an error is logged, then its stack and its cause's follow", () => {
  const error = new Error("outer", { cause: new TypeError("inner") });
  const [lines] = logged(TEXT_LINES, () => logger.error("Failed", { error }));
  assertMatch(
    lines ?? "",
    /: Failed\n {2}Error: outer\n {6}at (.*\n)+ {2}Caused by TypeError: inner\n/,
  );
});

Deno.test("Log: given systemd, when each level is logged, then each line begins with its priority", () => {
  const settings: LogSettings = { ...TEXT_LINES, logLevel: "trace", underSystemd: true };
  const lines = logged(settings, () => {
    logger.trace("t");
    logger.debug("d");
    logger.info("i");
    logger.warn("w");
    logger.error("e", { error: new Error("x") });
    logger.fatal("f");
  });
  assertEquals(lines.map((each) => each.slice(0, 3)), ["<7>", "<7>", "<6>", "<4>", "<3>", "<2>"]);
  const errorLines = (lines[4] ?? "").trimEnd().split("\n");
  assertEquals(errorLines.length > 2, true);
  assertEquals(errorLines.filter((each) => !each.startsWith("<3>")), []);
});

Deno.test("Log: given a level, when less is logged, then nothing is written", () => {
  const lines = logged({ ...TEXT_LINES, logLevel: "warn" }, () => {
    logger.info("no");
    logger.warn("yes");
  });
  assertEquals(lines.length, 1);
});

Deno.test("Log: given a level, when debug is toggled twice, then it holds in between only", () => {
  const lines = logged({ ...TEXT_LINES, logLevel: "error" }, () => {
    logger.debug("before");
    toggleDebug();
    logger.debug("between");
    toggleDebug();
    logger.debug("after");
    logger.warn("after");
  });
  assertEquals(lines.map((line) => line.replace(/^.*: /, "")), [
    "Log level is debug now\n",
    "between\n",
    "Log level is error now\n",
  ]);
});

function logged(settings: LogSettings, run: () => void): string[] {
  const lines: string[] = [];
  setUpLogging(settings, (line) => lines.push(line));
  run();
  return lines;
}
