/**
 * A place for backups that vanishes with the test.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Outcome, personService } from "./command_line.ts";

/** `await using place = await BackupPlace.create()` */
export class BackupPlace implements AsyncDisposable {
  readonly #parent: string;

  private constructor(parent: string) {
    this.#parent = parent;
  }

  /** Makes a folder for them; `folder` itself is yet to be made. */
  static async create(): Promise<BackupPlace> {
    return new BackupPlace(await Deno.makeTempDir({ prefix: "backups-" }));
  }

  /** Where the backup goes. */
  get folder(): string {
    return `${this.#parent}/person`;
  }

  /** Names of what is beside it, and itself if it is there. */
  get found(): string[] {
    return [...Deno.readDirSync(this.#parent)].map(({ name }) => name);
  }

  /** Backs up, and fails unless that succeeds. */
  async backUp(settings: Record<string, string>): Promise<Outcome> {
    return succeeded(await personService(["backup", this.folder], settings));
  }

  /** Restores, and fails unless that succeeds. */
  async restore(settings: Record<string, string>, ...options: string[]): Promise<Outcome> {
    return succeeded(await personService(["restore", this.folder, ...options], settings));
  }

  /** Restores, and gives the reason why that is refused; fails where it isn't. */
  async refusal(settings: Record<string, string>, ...options: string[]): Promise<string> {
    const outcome = await personService(["restore", this.folder, ...options], settings);
    assertEquals([outcome.status, outcome.stdout], [1, ""]);
    return outcome.stderr;
  }

  /** Changes a file of the backup. */
  async change(file: string, change: (text: string) => string): Promise<void> {
    const path = `${this.folder}/${file}`;
    await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
  }

  /** Removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#parent, { recursive: true });
  }
}

function succeeded(outcome: Outcome): Outcome {
  assertEquals([outcome.status, outcome.stderr], [0, ""]);
  return outcome;
}
