/**
 * The command line of `person-service`. Each command is loaded when it is run: `--help` loads none,
 * and `send` nothing of the server.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import { parseArgs } from "node:util";
import { describeBuild } from "./build.ts";
import {
  checkArguments,
  GLOBAL_OPTIONS,
  readEnvFile,
  suggest,
  UsageError,
} from "./cli/arguments.ts";
import type { Config } from "./config.ts";
import { HELP, helpOn } from "./cli/help.ts";

type CommandName = keyof typeof HELP;
type Env = Record<string, string | undefined>;

/** `EX_CONFIG` of sysexits.h: starting again without a change is of no use. */
const EXIT_CONFIGURATION = 78;
const EXIT_USAGE = 2;
const EXIT_UNANSWERED = 2;

const COMMANDS: Record<CommandName, (args: string[], env: Env) => Promise<number>> = {
  serve: runServe,
  config: runConfig,
  setup: runSetup,
  send: async (args, env) => await (await import("./cli/send.ts")).send(args, env),
  doctor: async (args, env) => await (await import("./cli/doctor.ts")).doctor(args, env),
  backup: async (args, env) => await (await import("./cli/backup.ts")).backUp(args, env),
  restore: async (args, env) => await (await import("./cli/restore.ts")).restore(args, env),
  dlq: async (args, env) => await (await import("./cli/dlq.ts")).dlq(args, env),
};

Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  try {
    // Known to many a program, and shorter to type.
    if (args[0] === "help") return await main([...args.slice(1), "--help"]);
    const { command, rest } = splitCommand(args);
    const { values } = parseArgs({ args: rest, options: GLOBAL_OPTIONS, strict: false });
    if (values.help) return print(helpOn(command, rest));
    if (values.version) return print(describeBuild());
    return await COMMANDS[command ?? "serve"](rest, await readEnvironment(values["env-file"]));
  } catch (error) {
    return await exitStatus(error);
  }
}

/** The command is the first argument that isn't an option of all commands. */
function splitCommand(args: string[]): { command: CommandName | undefined; rest: string[] } {
  const { tokens } = parseArgs({ args, options: GLOBAL_OPTIONS, strict: false, tokens: true });
  const first = tokens.find(({ kind, ...token }) =>
    kind === "positional" || !("name" in token && Object.hasOwn(GLOBAL_OPTIONS, token.name))
  );
  if (first?.kind !== "positional") return { command: undefined, rest: args };
  if (!isCommandName(first.value)) {
    const names = Object.keys(COMMANDS);
    throw new UsageError(`Unknown command "${first.value}"${suggest(first.value, names)}`);
  }
  return { command: first.value, rest: args.toSpliced(first.index, 1) };
}

function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(HELP, word);
}

async function readEnvironment(envFile: string | boolean | undefined): Promise<Env> {
  const env = Deno.env.toObject();
  // A forgotten path shows as `true`; the command's own check of its options says so.
  return typeof envFile === "string" ? { ...await readEnvFile(envFile), ...env } : env;
}

async function runServe(args: string[], env: Env): Promise<number> {
  checkArguments(args, GLOBAL_OPTIONS);
  const config = await loadConfigAndLog(env);
  const { serve } = await import("./serve.ts");
  await serve(config);
  return 0;
}

async function runConfig(args: string[], env: Env): Promise<number> {
  const options = { ...GLOBAL_OPTIONS, json: { type: "boolean" } } as const;
  checkArguments(args, options);
  const { values } = parseArgs({ args, options });
  const { printConfig } = await import("./cli/config.ts");
  await printConfig(env, { json: values.json ?? false });
  return 0;
}

async function runSetup(args: string[], env: Env): Promise<number> {
  const options = {
    ...GLOBAL_OPTIONS,
    "dry-run": { type: "boolean" },
    "new": { type: "boolean" },
  } as const;
  checkArguments(args, options);
  const { values } = parseArgs({ args, options });
  const { withDevServer } = await import("./cli/dev_server.ts");
  const config = await loadConfigAndLog(await withDevServer(env));
  const { setup } = await import("./cli/setup.ts");
  return await setup(config, { dryRun: values["dry-run"] ?? false, isNew: values.new ?? false });
}

async function loadConfigAndLog(env: Env): Promise<Config> {
  const { loadConfig } = await import("./config.ts");
  const { setUpLogging } = await import("./log.ts");
  const config = loadConfig(env);
  setUpLogging(config);
  return config;
}

/** Errors that are not the user's to mend are thrown on, to end the program with their stack. */
async function exitStatus(error: unknown): Promise<number> {
  if (error instanceof UsageError) {
    console.error(error.message);
    return EXIT_USAGE;
  }
  const { ConfigError } = await import("./config.ts");
  const { Unanswered } = await import("./cli/connect_once.ts");
  if (error instanceof Unanswered) {
    console.error(error.message);
    return EXIT_UNANSWERED;
  }
  const { StartupRefused } = await import("./nats/startup_refused.ts");
  if (!(error instanceof ConfigError || error instanceof StartupRefused)) throw error;
  const { withPriority } = await import("./log_lines.ts");
  const isReadByJournal = Deno.env.has("JOURNAL_STREAM") && !Deno.stderr.isTerminal();
  console.error(isReadByJournal ? withPriority("error", error.message) : error.message);
  return EXIT_CONFIGURATION;
}

function print(text: string): number {
  console.log(text.trimEnd());
  return 0;
}
