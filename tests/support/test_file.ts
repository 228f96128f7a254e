/**
 * Files that tests write and that vanish with the test.
 *
 * @module
 */

/** `await using file = await TestFile.create("text")` */
export class TestFile implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes a file. */
  static async create(text: string): Promise<TestFile> {
    const file = new TestFile(await Deno.makeTempFile());
    await file.write(text);
    return file;
  }

  /** Replaces its content. */
  async write(text: string): Promise<void> {
    await Deno.writeTextFile(this.path, text);
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path);
  }
}
