/**
 * `deno task fuzz [--messages N] [--seed S]`: odd messages, a million by default, for a service of its
 * own that has to answer each of them, stay up, and need no more memory at the end than at the
 * beginning.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import { parseArgs } from "node:util";
import { checkArguments, UsageError } from "../src/cli/arguments.ts";
import { createPerson } from "./support/command_client.ts";
import { fuzz, type FuzzResult } from "./support/fuzz.ts";
import { TestSystem } from "./support/test_system.ts";

const SETTLED_AFTER = 50_000;
const LARGEST_GROWTH = 1.2;

/** Small, so that it is full long before the memory is first looked at: what grows then is a leak. */
const CACHE_BYTES = "1MiB";

const OPTIONS = {
  messages: { type: "string", default: "1000000" },
  seed: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const HELP = `Usage: deno task fuzz [options]

Starts a nats-server and the service, and sends it odd messages: each has to be answered, the
service has to stay up, and to need no more memory at the end than at the beginning.

  --messages N  how many (default ${OPTIONS.messages.default}); memory is judged from ${
  2 * SETTLED_AFTER
} on
  --seed S      a whole number; the same one sends the same messages (default: a new one)

Exit status: 0 all was well, 1 it was not (the service's log is printed), 2 bad usage.`;

Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  try {
    checkArguments(args, OPTIONS);
    const { values } = parseArgs({ args, options: OPTIONS });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const messages = wholeNumber("messages", values.messages, 1);
    const seed = wholeNumber("seed", values.seed ?? String(Date.now()), 0);
    return await run(messages, seed);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} takes a whole number from ${least} on, not "${text}"`);
}

async function run(messages: number, seed: number): Promise<number> {
  console.log(
    `${messages} messages; the same again: deno task fuzz --messages ${messages} --seed ${seed}`,
  );
  await using system = await TestSystem.start();
  const service = await system.startService({ CACHE_BYTES });
  const startedMs = performance.now();
  try {
    const result = await fuzz(system.client, service.pid, {
      messages,
      seed,
      settledAfter: Math.min(messages, SETTLED_AFTER),
      onProgress: (sent, kib) => showProgress(sent, messages, kib, startedMs),
    });
    const last = await system.client.send(createPerson(crypto.randomUUID()));
    if (last.version !== 1) throw new Error(`The next command failed: ${JSON.stringify(last)}`);
    return report(result, messages, performance.now() - startedMs);
  } catch (error) {
    console.error(error);
    console.error(service.log);
    return 1;
  }
}

function showProgress(sent: number, messages: number, kib: number, startedMs: number): void {
  const perSecond = Math.round(1_000 * sent / (performance.now() - startedMs));
  const percent = Math.round(100 * sent / messages);
  console.log(`${percent} %  ${sent} answered, ${perSecond}/s, service at ${mib(kib)} MiB`);
}

function report(
  { outcomes, settledKib, endKib }: FuzzResult,
  messages: number,
  ms: number,
): number {
  console.log(`\n${messages} messages in ${Math.round(ms / 1_000)} s, each answered:`);
  for (const [outcome, count] of [...outcomes].sort(([, a], [, b]) => b - a)) {
    console.log(`  ${outcome.padEnd(24)}${count}`);
  }
  const growth = (100 * (endKib / settledKib - 1)).toFixed(1);
  const settled = `${mib(settledKib)} MiB after ${Math.min(messages, SETTLED_AFTER)}`;
  console.log(`Memory: ${settled}, ${mib(endKib)} MiB at the end (${growth} %)`);
  if (messages < 2 * SETTLED_AFTER || endKib < LARGEST_GROWTH * settledKib) return 0;
  console.error("The service's memory grew by more than 20 %");
  return 1;
}

function mib(kib: number): number {
  return Math.round(kib / 1024);
}
