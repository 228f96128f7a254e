/**
 * `deno task fuzz [--messages N] [--seed S]`: odd messages, a million by default, for a service that
 * has to answer each of them, stay up, and need no more memory at the end than at the beginning.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import { parseArgs } from "node:util";
import { createPerson } from "./support/command_client.ts";
import { fuzz, type FuzzResult } from "./support/fuzz.ts";
import { TestSystem } from "./support/test_system.ts";

const SETTLED_AFTER = 50_000;
const LARGEST_GROWTH = 1.2;

/** Small, so that it is full long before the memory is first looked at: what grows then is a leak. */
const CACHE_BYTES = "1MiB";

Deno.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "1000000" },
      seed: { type: "string", default: String(Date.now()) },
    },
  });
  const [messages, seed] = [Number(values.messages), Number(values.seed)];
  if (!Number.isSafeInteger(messages) || messages < 1 || !Number.isSafeInteger(seed)) {
    console.error("Usage: deno task fuzz [--messages N] [--seed S]");
    return 2;
  }
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
