/**
 * The folder that `person-service backup` writes: a folder for each stream, in the format of `nats stream backup`, and
 * a list of them with their checksums, which is written last.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { ArchivedStream } from "../nats/stream_archive.ts";

const LIST = "person-service.json";
const ARCHIVE = "stream.tar.s2";
const DESCRIPTION = "backup.json";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One stream of a backup. */
export const BackedUpStream = z.object({
  name: z.string().regex(/^[\w-]+$/),
  messages: z.int(),
  last_sequence: z.int(),
  archive_bytes: z.int(),
  /** Of the file `stream.tar.s2`. */
  archive_sha256: Sha256,
  /** Of the messages themselves; null for a stream whose messages come and go. */
  content_sha256: Sha256.nullable(),
});
/** See {@linkcode BackedUpStream}. */
export type BackedUpStream = z.infer<typeof BackedUpStream>;

/** What is in the folder. */
export const Backup = z.object({
  format: z.literal(1),
  created_at: z.iso.datetime(),
  /** Line of `--version`, and the server's version: archives of a newer server may be unreadable for an older one. */
  made_by: z.string(),
  server_version: z.string(),
  /** In the order in which they are to be restored: that of the events first. */
  streams: z.array(BackedUpStream).min(1),
});
/** See {@linkcode Backup}. */
export type Backup = z.infer<typeof Backup>;

/** The folder can't be used; the message says why and what to do. */
export class BadBackup extends Error {
  /** Tells this class apart in logs. */
  override name = "BadBackup";
}

/** A backup that is being written, under another name until it is complete. */
export class NewBackup implements AsyncDisposable {
  readonly #folder: string;
  readonly #unfinished: string;

  private constructor(folder: string, unfinished: string) {
    this.#folder = folder;
    this.#unfinished = unfinished;
  }

  /**
   * Begins one, to be at `folder` in the end.
   *
   * @throws {BadBackup} when there is something already, or nothing can be written
   */
  static async begin(folder: string): Promise<NewBackup> {
    await refuseExisting(folder);
    const unfinished = `${folder}.incomplete-${crypto.randomUUID().slice(0, 8)}`;
    try {
      await Deno.mkdir(unfinished, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new BadBackup(`Cannot write to "${unfinished}": ${cause}`, { cause });
    }
    return new NewBackup(folder, unfinished);
  }

  /** Writes a stream: `archive` is given a function that takes the chunks. */
  async add(
    name: string,
    archive: (write: (chunk: Uint8Array) => Promise<void>) => Promise<ArchivedStream>,
  ): Promise<{ stream: ArchivedStream; bytes: number; sha256: string }> {
    const folder = `${this.#unfinished}/${name}`;
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const hash = createHash("sha256");
    let bytes = 0;
    using file = await createPrivate(`${folder}/${ARCHIVE}`);
    const stream = await archive(async (chunk) => {
      await writeAll(file, chunk);
      hash.update(chunk);
      bytes += chunk.length;
    });
    await file.sync();
    await writeSynced(`${folder}/${DESCRIPTION}`, stream);
    return { stream, bytes, sha256: hash.digest("hex") };
  }

  /** Lists the streams and gives the backup its name. */
  async finish(backup: Backup): Promise<void> {
    await writeSynced(`${this.#unfinished}/${LIST}`, backup);
    await refuseExisting(this.#folder);
    await Deno.rename(this.#unfinished, this.#folder);
  }

  /** Removes what is not complete. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#unfinished, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/**
 * Reads what is in a folder, and whether it is as it was written.
 *
 * @throws {BadBackup}
 */
export async function openBackup(folder: string): Promise<Backup> {
  const { data: backup, error } = Backup.safeParse(await readJson(`${folder}/${LIST}`, folder));
  if (backup === undefined) {
    throw new BadBackup(`"${folder}/${LIST}" is not of this program: ${z.prettifyError(error)}`);
  }
  for (const { name, archive_sha256 } of backup.streams) {
    const hash = createHash("sha256");
    for await (const chunk of await readArchive(folder, name)) hash.update(chunk);
    const found = hash.digest("hex");
    if (found === archive_sha256) continue;
    throw new BadBackup(
      `"${folder}/${name}/${ARCHIVE}" is damaged: its SHA-256 is ${found}, not ${archive_sha256}; take another backup`,
    );
  }
  return backup;
}

/** What the server wants to know of a stream. */
export async function readDescription(folder: string, name: string): Promise<ArchivedStream> {
  const path = `${folder}/${name}/${DESCRIPTION}`;
  const { data: stream, error } = ArchivedStream.safeParse(await readJson(path, folder));
  if (stream?.config.name === name) return stream;
  const why = error === undefined ? "it is of another stream" : z.prettifyError(error);
  throw new BadBackup(`"${path}" can't be used: ${why}`);
}

/** The bytes of a stream's archive. */
export async function readArchive(
  folder: string,
  name: string,
): Promise<ReadableStream<Uint8Array>> {
  const path = `${folder}/${name}/${ARCHIVE}`;
  try {
    return (await Deno.open(path)).readable;
  } catch (cause) {
    throw new BadBackup(`Cannot read "${path}": ${cause}`, { cause });
  }
}

async function readJson(path: string, folder: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) {
      throw new BadBackup(`Cannot read "${path}": ${cause}`, { cause });
    }
    const there = await Deno.stat(folder).catch(() => null);
    throw new BadBackup(
      there === null
        ? `There is no folder "${folder}"`
        : `"${folder}" is no complete backup: it lacks "${path.slice(folder.length + 1)}"`,
      { cause },
    );
  }
}

async function refuseExisting(folder: string): Promise<void> {
  const found = await Deno.lstat(folder).catch(() => null);
  if (found === null) return;
  throw new BadBackup(`"${folder}" is there already: a backup is never overwritten; name another`);
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

/** What persons' lives hold is for nobody else, wherever the folder is copied to. */
async function createPrivate(path: string): Promise<Deno.FsFile> {
  return await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
}

async function writeSynced(path: string, value: unknown): Promise<void> {
  using file = await createPrivate(path);
  await writeAll(file, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
  await file.sync();
}
