/**
 * Runs `deno compile` on a staged copy of the sources.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { importedPackages } from "./packages.ts";
import { stage } from "./stage.ts";
import { v8Flags } from "./v8_flags.ts";

/** What to compile, and to where. */
export interface CompileOptions {
  /** The checkout. */
  root: string;
  /** Replaced when all went well. */
  output: string;
  /** Baked in, for `--version`. */
  commit: string;
  /** Whether V8 may compile to machine code, for which memory must be writable and executable. */
  jit: boolean;
  /** Another machine than this, as Deno names it. */
  target?: string;
}

/** What came of it. */
export interface Executable {
  /** Of its bytes, in hexadecimal digits. */
  sha256: string;
  /** What it says of itself, or why it was not asked. */
  description: string;
}

/** There is no executable; the message says why, in one line where that is known. */
export class CompileFailed extends Error {
  /** Tells this class apart in logs. */
  override name = "CompileFailed";
}

/** No run, ffi or sys. Hosts and files are known only when it runs: the unit narrows those. */
const PERMISSIONS = [
  ...["--allow-env", "--allow-net", "--allow-read", "--allow-write"],
  ...["--deny-import", "--no-prompt"],
];

/** Deno would read it from a fixed name in /tmp, where any user can leave machine code for another. */
const NO_CODE_CACHE = "--no-code-cache";

/** `e_machine` of elf(5), whose values need one byte for the machines that Deno knows. */
const ELF_MACHINE_OFFSET = 18;
const ELF_MACHINES: Record<string, number> = { x86_64: 62, aarch64: 183 };

const Info = z.object({ denoDir: z.string() });
/**
 * Compiles with the Deno that runs this program.
 *
 * @throws {CompileFailed} and leaves the output as it was
 */
export async function compileExecutable(options: CompileOptions): Promise<Executable> {
  const { root, target, commit } = options;
  const output = resolve(options.output);
  await checkBaseBinary(target);
  // Fetches into Deno's cache what isn't there yet.
  await deno(["cache", "--quiet", "src/main.ts"], root);
  const packages = importedPackages(await deno(["info", "--json", "src/main.ts"], root));
  const { denoDir } = Info.parse(JSON.parse(await deno(["info", "--json"], root)));
  const folder = await Deno.makeTempDir({ prefix: "compile-" });
  try {
    await stage(folder, { root, denoDir, commit, packages });
    const fresh = `${folder}/person-service`;
    await denoCompile(folder, fresh, options);
    const description = target === undefined || target === Deno.build.target
      ? await describe(fresh)
      : `for ${target}: compiled, but not run here`;
    await Deno.mkdir(dirname(output), { recursive: true });
    // Copied beside it first, for only within one file system a rename replaces it in one step.
    await Deno.copyFile(fresh, `${output}.new`);
    await Deno.rename(`${output}.new`, output);
    return { sha256: await sha256(output), description };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Deno takes whatever `DENORT_BIN` names, that of another machine, too. */
async function checkBaseBinary(target = Deno.build.target): Promise<void> {
  const path = Deno.env.get("DENORT_BIN");
  if (!path) return;
  const header = await elfHeader(path);
  if (header === undefined) throw new CompileFailed(`DENORT_BIN names "${path}": no such file`);
  // Other systems' formats are left to Deno.
  if (!target.includes("-linux-")) return;
  if (!header.startsWith("\x7fELF")) throw notABase(path);
  const machine = ELF_MACHINES[target.split("-")[0] ?? ""];
  if (header.charCodeAt(ELF_MACHINE_OFFSET) !== machine) {
    throw new CompileFailed(`DENORT_BIN names "${path}", which is not for ${target}`);
  }
}

async function elfHeader(path: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(path);
    const header = new Uint8Array(ELF_MACHINE_OFFSET + 1);
    await file.read(header);
    return new TextDecoder("latin1").decode(header);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function notABase(path: string): CompileFailed {
  return new CompileFailed(
    `DENORT_BIN names "${path}", which is no base binary of Deno ${Deno.version.deno}`,
  );
}

async function denoCompile(
  folder: string,
  output: string,
  { jit, target }: CompileOptions,
): Promise<void> {
  const args = ["compile", "--quiet", "--no-check", "--cached-only", "--frozen", NO_CODE_CACHE];
  args.push(...PERMISSIONS, `--v8-flags=${v8Flags({ jitless: !jit })}`, "--output", output);
  if (target !== undefined) args.push("--target", target);
  try {
    await deno([...args, "src/main.ts"], `${folder}/source`, { DENO_DIR: `${folder}/deno_dir` });
  } catch (error) {
    if (!(error instanceof CompileFailed) || !/base binary|denort/i.test(error.message)) {
      throw error;
    }
    throw new CompileFailed(
      `Cannot fetch Deno's base binary: download denort ${Deno.version.deno} from ` +
        "https://github.com/denoland/deno/releases and set DENORT_BIN to its path",
      { cause: error },
    );
  }
}

/** What the executable says of itself; one made from the base of another Deno doesn't start. */
async function describe(executable: string): Promise<string> {
  // Besides, Deno leaves out packages it doesn't find without a word: this loads one.
  await run(executable, ["config"]);
  return await run(executable, ["--version"]);
}

async function run(executable: string, args: string[]): Promise<string> {
  const command = new Deno.Command(executable, { args, clearEnv: true, stdin: "null" });
  // A file that the kernel can't execute doesn't even get to print something.
  const output = await command.output().catch(() => undefined);
  if (output?.success) return new TextDecoder().decode(output.stdout).trim();
  const named = Deno.env.get("DENORT_BIN");
  if (named && !output?.stdout.length) throw notABase(named);
  const said = new TextDecoder().decode(output?.stderr).trim();
  throw new CompileFailed(`The executable does not run here: ${said}`);
}

async function deno(args: string[], cwd: string, env: Record<string, string> = {}) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  const said = new TextDecoder().decode(stderr).trim();
  throw new CompileFailed(`"deno ${args.join(" ")}" failed:\n${said}`);
}

async function sha256(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}
