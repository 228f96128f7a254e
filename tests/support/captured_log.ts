/**
 * What the code under test logs, as the JSON lines an operator would get.
 *
 * @module
 */
import { z } from "zod";
import { setUpLogging } from "../../src/log.ts";
import { until } from "./until.ts";

const Line = z.looseObject({ level: z.string(), message: z.string() });

/** One log line's fields. */
export type LogLine = z.infer<typeof Line>;

/** Takes the place of whatever log was set up before. */
export class CapturedLog {
  readonly #lines: string[] = [];

  /** Captures from now on. */
  constructor() {
    const settings = { logLevel: "debug", logFormat: "json", underSystemd: false } as const;
    setUpLogging(settings, (line) => this.#lines.push(line));
  }

  /** Everything so far, to look for what must not be there. */
  get text(): string {
    return this.#lines.join("");
  }

  /** Waits for `count` lines with `part` in their messages, and returns them. */
  async waitFor(part: string, count = 1): Promise<LogLine[]> {
    return await until(`${count} log lines have "${part}"`, () => {
      const lines = this.#lines.map((line) => Line.parse(JSON.parse(line)));
      const found = lines.filter(({ message }) => message.includes(part));
      return found.length >= count ? found : undefined;
    });
  }
}
