/**
 * `deno task bench`: how fast it is, next to baselines of the same run, and what limits it.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import { absolutePath, UsageError } from "../../src/cli/arguments.ts";
import { Unanswered } from "../../src/cli/connect_once.ts";
import { ConfigError } from "../../src/config.ts";
import { unreachable } from "../../src/domain/values.ts";
import { type Arguments, readArguments, type SuiteArguments } from "./arguments.ts";
import { HELP } from "./help.ts";
import { runDeployment } from "./deployment/run_deployment.ts";
import { printResults } from "./report/print.ts";
import { writeReport } from "./report/write_report.ts";
import { type Results, writeResults } from "./results.ts";
import { soak } from "./soak/soak.ts";
import { verdictOn } from "./soak/verdict.ts";
import { runSuite } from "./suite.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_CONFIGURATION = 78;

Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  try {
    return await run(readArguments(args));
  } catch (error) {
    if (error instanceof UsageError || error instanceof Unanswered) {
      console.error(error.message);
      return EXIT_USAGE;
    }
    if (error instanceof ConfigError) {
      console.error(error.message);
      return EXIT_CONFIGURATION;
    }
    console.error(error);
    return EXIT_FAILED;
  }
}

async function run(wanted: Arguments): Promise<number> {
  if ("json" in wanted && wanted.json !== undefined) checkWritable(wanted.json);
  if ("cpuProfile" in wanted && wanted.cpuProfile !== undefined) checkWritable(wanted.cpuProfile);
  switch (wanted.action) {
    case "help":
      console.log(HELP);
      return 0;
    case "suite":
      return await keepAndPrint(await measure(wanted), wanted.json);
    case "deployment": {
      const results = await runDeployment(wanted, showStep);
      return results === null ? EXIT_USAGE : await keepAndPrint(results, wanted.json);
    }
    case "soak": {
      const result = await soak(wanted, showStep);
      await keepAndPrint({ header: result.header, soak: result }, wanted.json);
      return verdictOn(result).every(({ holds }) => holds) ? 0 : EXIT_FAILED;
    }
    case "report":
      for (const file of await writeReport(wanted.files)) console.log(`Written: ${file}`);
      return 0;
    default:
      return unreachable(wanted);
  }
}

async function measure(wanted: SuiteArguments): Promise<Results> {
  const { json, cpuProfile } = wanted;
  return await runSuite(wanted, showStep, async (profile) => {
    if (cpuProfile === undefined) return;
    await Deno.writeTextFile(absolutePath(cpuProfile), JSON.stringify(profile));
    console.error(`Kept for DevTools, where "Performance" opens it: ${cpuProfile}`);
  }, async (results) => {
    // A run that fails must not take minutes of measuring with it.
    if (json !== undefined) await Deno.writeTextFile(absolutePath(json), writeResults(results));
  });
}

async function keepAndPrint(results: Results, file: string | undefined): Promise<number> {
  if (file !== undefined) {
    await Deno.writeTextFile(absolutePath(file), writeResults(results));
  }
  printResults(results);
  return 0;
}

/** Before minutes of measuring, not after. */
function checkWritable(file: string): void {
  try {
    Deno.openSync(absolutePath(file), { append: true, create: true }).close();
  } catch (cause) {
    throw new UsageError(
      `Cannot write "${file}": ${cause instanceof Error ? cause.message : cause}`,
      {
        cause,
      },
    );
  }
}

function showStep(what: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
}
