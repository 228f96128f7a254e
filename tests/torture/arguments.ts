import { parseArgs } from "node:util";
import type { RunOptions } from "./run.ts";

/** What is printed for `--help`. */
export const HELP = `Usage: deno task torture [options]

Kills, freezes and cuts off the service and its nats-servers under load, then proves for every
person that what was acknowledged is stored, once, and that what was refused is not.

  --minutes N       of load and faults (default 10); healing and checking come on top
  --seed S          another one is another schedule of commands and faults (default: a new one)
  --replicas 1|3    nats-servers, and copies of the stream (default 1)
  --services 1|2|3  instances of the service (default 2)
  --callers N       commands under way at once, at most (default 600)
  --rate N          commands a second on average, at most (default 400)
  --restore         also puts the stream back to a backup, and expects that loss and no other
  --json            prints the summary as JSON
  --markdown        prints it for a document: the command, and a table of the figures
  --keep FILE       keeps the history even if nothing is wrong with it
  --check FILE      runs nothing, but checks a history that was kept

Exit status: 0 every promise was kept, 1 one was broken (the history is kept below .dev/torture),
2 it could not run, or the file to check is no whole history.`;

/** What the command line asks for. */
export type Arguments =
  | { action: "help" }
  | { action: "check"; file: string }
  | { action: "run"; options: RunOptions; format: SummaryFormat; keep: string | undefined };

/** How the summary is printed. */
export type SummaryFormat = "text" | "json" | "markdown";

/** The command line can't be understood. */
export class BadArguments extends Error {
  /** Tells this class apart. */
  override name = "BadArguments";
}

/** Reads the command line. Throws `BadArguments`. */
export function readArguments(args: string[]): Arguments {
  const values = parse(args);
  if (values.help) return { action: "help" };
  if (values.check !== undefined) return { action: "check", file: values.check };
  const { seed, restore: restores, keep } = values;
  const minutes = number("minutes", values.minutes, 0.1, 10_000);
  const rate = number("rate", values.rate, 1, 100_000);
  const callers = number("callers", values.callers, 1, 10_000);
  const services = number("services", values.services, 1, 3);
  const command =
    `deno task torture --minutes ${minutes} --seed ${asWord(seed)} --replicas ${values.replicas}` +
    ` --services ${services} --callers ${callers} --rate ${rate}${restores ? " --restore" : ""}`;
  const options: RunOptions = {
    durationMs: minutes * 60_000,
    seed,
    replicas: replicasOf(values.replicas),
    services: Math.floor(services),
    callers: Math.floor(callers),
    rate,
    restores,
    command,
  };
  const format = values.json ? "json" : values.markdown ? "markdown" : "text";
  return { action: "run", options, format, keep };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        minutes: { type: "string", default: "10" },
        seed: { type: "string", default: crypto.randomUUID().slice(0, 8) },
        replicas: { type: "string", default: "1" },
        services: { type: "string", default: "2" },
        callers: { type: "string", default: "600" },
        rate: { type: "string", default: "400" },
        restore: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        markdown: { type: "boolean", default: false },
        keep: { type: "string" },
        check: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new BadArguments(error instanceof Error ? error.message : String(error));
  }
}

/** The text as a POSIX shell takes it for one word. */
function asWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new BadArguments(`--${name} takes a number from ${least} to ${most}, not "${text}"`);
}

function replicasOf(text: string): 1 | 3 {
  if (text === "1") return 1;
  if (text === "3") return 3;
  throw new BadArguments(`--replicas takes 1 or 3, not "${text}"`);
}
