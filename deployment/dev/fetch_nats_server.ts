/**
 * Takes a nats-server out of Debian's archive, for machines whose own is too old or missing: Debian
 * 12 and 13 ship versions before 2.12, the package of `testing` runs on both. Nothing is installed
 * and root is not needed: apt works in a private state below a temporary folder.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const DEFAULT_ARCHIVE = "http://deb.debian.org/debian";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Where fetched servers are kept, out of version control; ends in a slash. */
export const CACHE_FOLDER: string = fileURLToPath(new URL("../../.dev/", import.meta.url));

/** No nats-server could be had; the message is one line and says how to install one. */
export class NatsServerUnavailable extends Error {
  /** Tells this class apart in logs. */
  override name = "NatsServerUnavailable";
}

/**
 * The path of the nats-server of a Debian suite (`testing`, `bookworm`), fetched into the cache on
 * the first call. Any number of processes may do so at once. The cache's path ends in a slash.
 *
 * @throws {NatsServerUnavailable} when this is no Debian or the archive can't be reached
 */
export async function fetchNatsServer(suite: string, cache = CACHE_FOLDER): Promise<string> {
  const cached = `${cache}nats-server-${suite}`;
  if (await isFile(cached)) return cached;
  if (!await isFile(KEYRING)) {
    throw new NatsServerUnavailable(`There is no ${KEYRING}, so Debian's package can't be fetched`);
  }
  await Deno.mkdir(cache, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: cache, prefix: "fetching-" });
  try {
    // A rename within one file system is atomic: another process sees a whole binary or none.
    await Deno.rename(await fetchFromAnyArchive(suite, folder), cached);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return cached;
}

/** The archives to ask, best first: the one this machine uses, then Debian's own. */
export async function debianArchives(): Promise<string[]> {
  const used = await archiveOfIndexes() ?? await archiveOfSources();
  return [...new Set([used?.replace(/\/$/, "") ?? DEFAULT_ARCHIVE, DEFAULT_ARCHIVE])];
}

async function fetchFromAnyArchive(suite: string, folder: string): Promise<string> {
  const failures: string[] = [];
  for (const archive of await debianArchives()) {
    // deno-lint-ignore no-console -- progress of a developer's tool
    console.error(`Fetching nats-server from Debian ${suite} (${archive}) ...`);
    try {
      return await fetchFrom(archive, suite, folder);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new NatsServerUnavailable(`Cannot fetch nats-server: ${failures.join("; ")}`);
}

async function fetchFrom(archive: string, suite: string, folder: string): Promise<string> {
  await Deno.mkdir(`${folder}/lists/partial`, { recursive: true });
  await Deno.mkdir(`${folder}/cache/archives/partial`, { recursive: true });
  const source = `deb [signed-by=${KEYRING}] ${archive} ${suite} main\n`;
  await Deno.writeTextFile(`${folder}/sources.list`, source);
  const options = [
    `Dir::Etc::sourcelist=${folder}/sources.list`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::Lists=${folder}/lists`,
    `Dir::Cache=${folder}/cache`,
    // As root, apt would drop to the user _apt, who may not write here.
    "APT::Sandbox::User=",
    "Debug::NoLocking=true",
  ].flatMap((option) => ["-o", option]);
  // Without this, apt reports an unreachable archive as a mere warning.
  const strict = ["-o", "APT::Update::Error-Mode=any"];
  await run("apt-get", [...options, ...strict, "-qq", "update"], folder);
  await run("apt-get", [...options, "-qq", "download", "nats-server"], folder);
  const packages = [...Deno.readDirSync(folder)].filter((entry) => entry.name.endsWith(".deb"));
  for (const { name } of packages) await run("dpkg-deb", ["-x", name, "root"], folder);
  for (const path of ["usr/sbin/nats-server", "usr/bin/nats-server"]) {
    if (await isFile(`${folder}/root/${path}`)) return `${folder}/root/${path}`;
  }
  throw new Error(`the package of ${suite} holds no nats-server`);
}

async function archiveOfIndexes(): Promise<string | undefined> {
  const release = await Deno.readTextFile("/etc/os-release").catch(() => "");
  const codename = release.match(/^VERSION_CODENAME=(\w+)$/m)?.[1];
  if (codename === undefined) return undefined;
  const format = ["--format", "$(REPO_URI)", "Created-By: Packages", "Component: main"];
  const main = [...format, "Origin: Debian", `Codename: ${codename}`];
  const printed = await run("apt-get", ["indextargets", ...main]).catch(() => "");
  return printed.split("\n")[0] || undefined;
}

/** For machines whose apt has no package lists (most container images): the sources themselves. */
async function archiveOfSources(): Promise<string | undefined> {
  const files = ["/etc/apt/sources.list"];
  try {
    for await (const { name } of Deno.readDir("/etc/apt/sources.list.d")) {
      if (/\.(list|sources)$/.test(name)) files.push(`/etc/apt/sources.list.d/${name}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const file of files) {
    const text = await Deno.readTextFile(file).catch(() => "");
    const archive = text.match(/^(?!#).*?(\bhttps?:\/\/\S+\/debian)\/?(?=\s|$)/m)?.[1];
    if (archive !== undefined) return archive;
  }
  return undefined;
}

async function run(program: string, args: string[], folder?: string): Promise<string> {
  const command = new Deno.Command(program, { args, ...(folder && { cwd: folder }) });
  const { success, stdout, stderr } = await command.output();
  if (success) return new TextDecoder().decode(stdout);
  const firstLine = new TextDecoder().decode(stderr).trim().split("\n")[0];
  throw new Error(`${program} failed: ${firstLine}`);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((found) => found.isFile, () => false);
}
