/**
 * What the tests run: the sources, or the executable that `PERSON_SERVICE_BIN` names.
 *
 * @module
 */
const executable = Deno.env.get("PERSON_SERVICE_BIN") ?? "";
const main = `${import.meta.dirname}/../../src/main.ts`;

/** Whether the executable is run. */
export const isCompiled: boolean = executable !== "";

/** Path and first arguments of `person-service`. */
export const PROGRAM: { path: string; args: string[] } = isCompiled
  ? { path: executable, args: [] }
  : { path: Deno.execPath(), args: ["run", "-A", main] };
