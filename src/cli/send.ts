/**
 * `person-service send`: publishes one command and prints the reply.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import { parseArgs } from "node:util";
import { loadConfig } from "../config.ts";
import { durationMs } from "../config_readers.ts";
import { checkArguments, GLOBAL_OPTIONS, readFile, suggest, UsageError } from "./arguments.ts";
import { withDevServer } from "./dev_server.ts";
import { EXAMPLES } from "./examples.ts";
import { printReply } from "./reply.ts";
import { requestReply } from "./request.ts";
import { sendAndKeep } from "./send_durable.ts";

const OPTIONS = {
  ...GLOBAL_OPTIONS,
  "file": { type: "string" },
  "example": { type: "string" },
  "list-examples": { type: "boolean" },
  "id": { type: "string" },
  "expected-version": { type: "string" },
  "correlation-id": { type: "string" },
  "subject": { type: "string", default: "send" },
  "inbox-prefix": { type: "string" },
  "durable": { type: "boolean", default: false },
  "wait": { type: "boolean", default: false },
  "timeout": { type: "string" },
  "json": { type: "boolean", default: false },
} as const;

/** Beyond `COMMAND_TIMEOUT`, so that what the service has to say when it gives up still arrives. */
const GRACE_MS = 2000;

/** \p{C}: control characters and the like; \p{Z}: all kinds of blanks. */
const PUBLISHABLE = /^[^.*>\p{C}\p{Z}]+(\.[^.*>\p{C}\p{Z}]+)*$/u;

/**
 * Runs the command with its arguments and resolves to its exit status.
 *
 * @throws {UsageError} for arguments that can't be understood
 * @throws {ConfigError} for a wrong setting
 * @throws {Unanswered} when nobody replies
 */
export async function send(
  args: string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  checkArguments(args, OPTIONS, 1);
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (values["list-examples"]) {
    console.log([...EXAMPLES.keys()].join("\n"));
    return 0;
  }
  const { durable, wait, json } = values;
  if (wait && !durable) throw new UsageError('Option "--wait" is for "--durable"');
  checkValues(values);
  const command = await readCommand({ ...values, argument: positionals[0] });
  const timeoutMs = values.timeout === undefined ? undefined : readTimeout(values.timeout);
  const config = loadConfig(await withDevServer(env));
  // Of its own, for a caller without a reply must be able to send the same command again.
  const id = values.id ?? crypto.randomUUID();
  const request = {
    subject: `${config.subjectPrefix}.${durable ? "inbox" : "commands"}.${values.subject}`,
    timeoutMs: timeoutMs ?? config.commandTimeoutMs + GRACE_MS,
    inboxPrefix: values["inbox-prefix"],
    headers: {
      "Nats-Msg-Id": id,
      "Correlation-Id": values["correlation-id"],
      "Expected-Version": values["expected-version"],
    },
  };
  if (durable) return await sendAndKeep(config, command, { ...request, id, wait, json });
  const reply = await requestReply(config, command, request);
  return printReply(reply, json ? reply : null);
}

/** What NATS can't take at all; what the service does not take, it says itself. */
function checkValues(values: Record<string, unknown>): void {
  for (const name of ["subject", "inbox-prefix"]) {
    const value = values[name];
    if (typeof value !== "string" || PUBLISHABLE.test(value)) continue;
    throw new UsageError(
      `Option "--${name}": found ${
        JSON.stringify(value)
      }; write names between dots, no "*", ">" or blanks`,
    );
  }
  for (const name of ["id", "correlation-id", "expected-version"]) {
    const value = values[name];
    if (typeof value !== "string" || !/\p{Cc}/u.test(value)) continue;
    throw new UsageError(
      `Option "--${name}": found ${JSON.stringify(value)}; write no control characters`,
    );
  }
}

async function readCommand(
  { argument, file, example }: {
    argument: string | undefined;
    file?: string | undefined;
    example?: string | undefined;
  },
): Promise<Uint8Array> {
  const given = [argument, file, example].filter((source) => source !== undefined);
  if (given.length !== 1) {
    const found = given.length === 0 ? "No command given" : "More than one command given";
    throw new UsageError(`${found}: write its JSON, "-", --file PATH or --example NAME`);
  }
  // Bytes as they are: what is wrong with them, the service shall say.
  if (argument === "-") return await new Response(Deno.stdin.readable).bytes();
  if (file !== undefined) return await readFile(file);
  return new TextEncoder().encode(argument ?? exampleOf(example ?? ""));
}

function exampleOf(name: string): string {
  if (EXAMPLES.has(name)) return JSON.stringify(EXAMPLES.get(name));
  const suggestion = suggest(name, [...EXAMPLES.keys()], "--list-examples");
  throw new UsageError(`Unknown example "${name}"${suggestion}`);
}

function readTimeout(text: string): number {
  const read = durationMs("1ms", "1h").safeParse(text);
  if (read.success) return read.data;
  throw new UsageError(`Option "--timeout": ${read.error.issues[0]?.message}`);
}
