/**
 * `deno task test:compiled`: all end-to-end tests again, with the executable instead of the sources,
 * and what is asked of the executable itself.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import { commitOf } from "../deployment/compile/commit.ts";
import { compileExecutable, CompileFailed } from "../deployment/compile/executable.ts";

const ROOT = Deno.realPathSync(`${import.meta.dirname}/..`);

Deno.exit(await main());

async function main(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "compiled-" });
  try {
    const executable = await findExecutable(folder);
    if (executable === undefined) {
      console.error(
        "SKIPPED: the end-to-end tests of the executable. There is neither PERSON_SERVICE_BIN nor " +
          "dist/person-service nor DENORT_BIN; deno task compile makes one",
      );
      return 0;
    }
    const { stdout } = await new Deno.Command(executable, { args: ["--version"] }).output();
    const version = new TextDecoder().decode(stdout).trim();
    const commit = await commitOf(ROOT);
    console.log(`Testing ${executable}: ${version}, in a checkout at ${commit}`);
    const tests = new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--parallel", "tests/e2e", "tests/compiled"],
      cwd: ROOT,
      env: { PERSON_SERVICE_BIN: executable },
    });
    return (await tests.spawn().status).code;
  } catch (error) {
    if (!(error instanceof CompileFailed)) throw error;
    console.error(`SKIPPED: the end-to-end tests of the executable. ${error.message}`);
    return 0;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The one that is named, else one that was compiled, else one compiled now. */
async function findExecutable(folder: string): Promise<string | undefined> {
  const named = Deno.env.get("PERSON_SERVICE_BIN");
  if (named) return await Deno.realPath(named);
  const compiled = `${ROOT}/dist/person-service`;
  if (await Deno.stat(compiled).then(() => true, () => false)) return compiled;
  if (!Deno.env.get("DENORT_BIN")) return undefined;
  const output = `${folder}/person-service`;
  await compileExecutable({ root: ROOT, output, commit: await commitOf(ROOT), jit: false });
  return output;
}
