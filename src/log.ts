/**
 * Sets up logging. Modules log with `getLogger(["person-service", …])` of LogTape and need nothing
 * of this one.
 *
 * @module
 */
import { configureSync, getLogger, type LogLevel, type LogRecord } from "@logtape/logtape";
import type { Config } from "./config.ts";
import { jsonLine, textLine, withPriority } from "./log_lines.ts";

/** The settings that shape the log. */
export type LogSettings = Pick<Config, "logLevel" | "logFormat" | "underSystemd">;

const logger = getLogger(["person-service", "log"]);

const initial: LogSettings = { logLevel: "info", logFormat: "text", underSystemd: false };
let current = { settings: initial, write: writeToStderr, isDebugging: false };

/** Logs to `write` from now on, which gets whole lines; also used to replace an earlier set-up. */
export function setUpLogging(
  settings: LogSettings,
  write: (lines: string) => void = writeToStderr,
): void {
  current = { settings, write, isDebugging: false };
  apply();
}

/** Switches between `debug` and the configured level. */
export function toggleDebug(): void {
  const { isDebugging, settings } = current;
  const announce = (logLevel: string) => logger.info("Log level is {logLevel} now", { logLevel });
  // Announced while debugging, for the configured level may not let it through.
  if (isDebugging) announce(settings.logLevel);
  current.isDebugging = !isDebugging;
  apply();
  if (!isDebugging) announce("debug");
}

function apply(): void {
  const { settings, write, isDebugging } = current;
  const format = settings.logFormat === "json" ? jsonLine : textLine;
  const sink = (record: LogRecord) => {
    const lines = format(record);
    write(`${settings.underSystemd ? withPriority(record.level, lines) : lines}\n`);
  };
  const lowestLevel = isDebugging ? "debug" : logTapeLevel(settings.logLevel);
  configureSync({
    reset: true,
    sinks: { sink },
    loggers: [
      { category: ["person-service"], lowestLevel, sinks: ["sink"] },
      // LogTape's own: a sink that fails, for instance.
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["sink"] },
    ],
  });
}

function logTapeLevel(level: Config["logLevel"]): LogLevel {
  return level === "warn" ? "warning" : level;
}

/** Written at once, for what a buffer holds is lost when the process dies. */
function writeToStderr(lines: string): void {
  const bytes = new TextEncoder().encode(lines);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stderr.writeSync(bytes.subarray(written));
  }
}
