/**
 * A folder with what goes into the executable and nothing else: no tests and their packages, no
 * `node_modules` that happens to lie about, and no times, which Deno would put into the executable.
 *
 * @module
 */
import { dirname } from "node:path";
import { configFor, lockFor, type Package } from "./packages.ts";

/** What of a checkout is compiled. */
export const COMPILED_PATHS = ["deno.json", "deno.lock", "src", "deployment/examples"] as const;

/** Any other than the epoch's first moment would do, which some tools take for no time at all. */
const SETTLED_TIME = new Date(1000);

/** Where what is read. */
export interface Origin {
  /** The checkout. */
  root: string;
  /** Deno's cache. */
  denoDir: string;
  /** Baked in, for `--version`. */
  commit: string;
  /** All that the service imports, directly or not. */
  packages: Package[];
}

/** Fills `folder/source` and `folder/deno_dir`. */
export async function stage(folder: string, origin: Origin): Promise<void> {
  const { root, denoDir, commit, packages } = origin;
  const source = `${folder}/source`;
  for (const path of COMPILED_PATHS) await copyTree(`${root}/${path}`, `${source}/${path}`);
  await writeJson(`${source}/deno.json`, configFor(packages));
  const lockFile = await Deno.readTextFile(`${root}/deno.lock`);
  await writeJson(`${source}/deno.lock`, lockFor(packages, lockFile));
  await writeJson(`${source}/src/build.json`, { commit });
  for (const { folder: path } of packages) {
    await copyPackage(`${denoDir}/npm/${path}`, `${folder}/deno_dir/npm/${path}`);
  }
  settleTimes(folder);
  // A base binary that was downloaded once is kept with the cache.
  await Deno.mkdir(`${denoDir}/dl`, { recursive: true });
  await Deno.symlink(`${denoDir}/dl`, `${folder}/deno_dir/dl`);
}

async function writeJson(path: string, content: Record<string, unknown>): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(content, null, 2));
}

async function copyTree(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) {
    await Deno.mkdir(dirname(to), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) {
    await copyTree(`${from}/${name}`, `${to}/${name}`);
  }
}

/**
 * Copies code, and the licences that ask to go with every copy. Deno takes whatever it finds for
 * code, and where that can't be, it embeds a message with the full path, which is another one each
 * time. So licences become JSON.
 */
async function copyPackage(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [file, copy] = [`${from}/${name}`, `${to}/${name}`];
    if (isDirectory) await copyPackage(file, copy);
    else if (/\.([cm]?js|json)$/.test(name)) await Deno.copyFile(file, copy);
    else if (/^(licen[cs]e|copying|notice)/i.test(name)) {
      await Deno.writeTextFile(`${copy}.json`, JSON.stringify(await Deno.readTextFile(file)));
    }
  }
}

function settleTimes(path: string): void {
  if (Deno.statSync(path).isDirectory) {
    for (const { name } of Deno.readDirSync(path)) settleTimes(`${path}/${name}`);
  }
  Deno.utimeSync(path, SETTLED_TIME, SETTLED_TIME);
}
