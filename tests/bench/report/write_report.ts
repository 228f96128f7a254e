import { absolutePath, UsageError } from "../../../src/cli/arguments.ts";
import { Results, writeResults } from "../results.ts";
import { mergeResults, partsOf, picturesOf, withParts } from "./document.ts";

/** Where the document, its pictures and the figures that they are made of are. */
export const FOLDER: string = `${import.meta.dirname}/../../../deployment`;

/**
 * Makes tables and pictures of what runs kept, and keeps that beside them. Resolves to the files written.
 *
 * @throws {UsageError} when a file can't be read
 */
export async function writeReport(files: string[]): Promise<string[]> {
  const results = mergeResults(await Promise.all(files.map(readResults)));
  const document = await Deno.readTextFile(`${FOLDER}/BENCHMARKS.md`);
  const written: Record<string, string> = {
    "benchmarks.json": writeResults(results),
    "BENCHMARKS.md": withParts(document, partsOf(results)),
    ...picturesOf(results),
  };
  for (const [name, text] of Object.entries(written)) {
    await Deno.writeTextFile(`${FOLDER}/${name}`, text);
  }
  return Object.keys(written).map((name) => `deployment/${name}`);
}

/** Reads what a run kept. */
export async function readResults(file: string): Promise<Results> {
  try {
    return Results.parse(JSON.parse(await Deno.readTextFile(absolutePath(file))));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new UsageError(`Cannot use "${file}" as results of a run: ${reason}`, { cause });
  }
}
