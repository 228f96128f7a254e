/**
 * Evaluation of Nix expressions, without a Nix store and without building anything.
 *
 * @module
 */

/** The checkout. */
const ROOT = new URL("../..", import.meta.url).pathname;

// Its own store would have to be made first; this one is never written to.
const ENV = { NIX_REMOTE: "dummy://" };

const nixVersion = await run(["--version"]).catch(() => undefined);
const nixpkgsLib = await findNixpkgsLib();

/** A test that needs `nix-instantiate`, and says so where that is missing. */
export function nixTest(name: string, test: () => Promise<void>): void {
  const ignore = nixVersion === undefined;
  const missing = " [NOT RUN: nix-instantiate is missing; apt-get install nix-bin]";
  Deno.test({ name: ignore ? name + missing : name, ignore, fn: test });
}

/** A test that also needs the `lib` of nixpkgs, and says so where that is missing. */
export function nixpkgsTest(name: string, test: () => Promise<void>): void {
  if (nixVersion === undefined) return nixTest(name, test);
  const ignore = nixpkgsLib === undefined;
  const missing = " [NOT RUN: nixpkgs is missing; set NIXPKGS_LIB to the path of its lib]";
  Deno.test({ name: ignore ? name + missing : name, ignore, fn: test });
}

/** A refusal of Nix's; the message holds what Nix printed. */
export class NixError extends Error {
  /** Tells this class apart. */
  override name = "NixError";
}

/**
 * The value of an expression as JSON gives it. Paths in it are relative to the checkout; `lib` is
 * that of nixpkgs, for {@linkcode nixpkgsTest} only.
 *
 * @throws {NixError}
 */
export async function evaluate(expression: string): Promise<unknown> {
  const lib = nixpkgsLib ?? 'throw "This test needs nixpkgsTest()"';
  const whole = `let lib = import (${lib}); in ${expression}`;
  return JSON.parse(await run(["--eval", "--strict", "--json", "--expr", whole]));
}

/**
 * Parses a file, whose path is relative to the checkout.
 *
 * @throws {NixError}
 */
export async function parse(path: string): Promise<void> {
  await run(["--parse", path]);
}

/** Every .nix file of the checkout, by path. */
export async function nixFiles(folder = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    const path = folder + name;
    if (isDirectory && !name.startsWith(".") && !["dist", "node_modules"].includes(name)) {
      files.push(...await nixFiles(`${path}/`));
    }
    if (name.endsWith(".nix")) files.push(path);
  }
  return files;
}

async function findNixpkgsLib(): Promise<string | undefined> {
  const named = Deno.env.get("NIXPKGS_LIB");
  if (named) return named;
  return await run(["--find-file", "nixpkgs/lib"]).then((path) => path.trim()).catch(() =>
    undefined
  );
}

async function run(args: string[]): Promise<string> {
  const command = new Deno.Command("nix-instantiate", { args, cwd: ROOT, env: ENV });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new NixError(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
