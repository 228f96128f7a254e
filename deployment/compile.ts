/**
 * `deno task compile`: the service as one executable, the same bytes from the same commit.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { commitOf } from "./compile/commit.ts";
import { compileExecutable, CompileFailed } from "./compile/executable.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const USAGE = `Compiles the service to one executable and puts its checksum beside it.

Usage: deno task compile [--jit] [--target TRIPLE] [--output PATH] [--commit ID]

  --jit             Faster, but cannot run under MemoryDenyWriteExecute=yes
  --target TRIPLE   Compile for another machine, such as aarch64-unknown-linux-gnu
  --output PATH     Default: dist/person-service, with -jit and the machine appended
  --commit ID       Where git can't tell it; default: that of the checkout

DENORT_BIN names Deno's base binary "denort" where it can't be downloaded.`;

Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  try {
    const { values } = parseArgs({
      args,
      options: {
        jit: { type: "boolean", default: false },
        target: { type: "string" },
        output: { type: "string" },
        commit: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return console.log(USAGE), 0;
    const machine = values.target?.split("-")[0];
    const name = ["person-service", ...(values.jit ? ["jit"] : []), ...(machine ? [machine] : [])];
    const output = values.output ?? `${ROOT}dist/${name.join("-")}`;
    const executable = await compileExecutable({
      root: ROOT,
      output,
      commit: values.commit ?? await commitOf(ROOT),
      jit: values.jit,
      ...(values.target && { target: values.target }),
    });
    await Deno.writeTextFile(`${output}.sha256`, `${executable.sha256}  ${basename(output)}\n`);
    console.log(`${output}\nsha256 ${executable.sha256}\n${executable.description}`);
    return 0;
  } catch (error) {
    if (!(error instanceof CompileFailed || error instanceof TypeError)) throw error;
    console.error(error.message);
    return 1;
  }
}
