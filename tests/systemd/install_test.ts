import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

const INSTALLER = `${import.meta.dirname}/../../deployment/systemd/install.sh`;

const isBooted = await Deno.stat("/run/systemd/system").then(() => true, () => false);

Deno.test({
  name:
    "install.sh --dry-run: given no systemd that runs, then it says so, and what would be done elsewhere",
  ignore: isBooted,
  fn: async () => {
    await using folder = await FolderOfPrograms.make();
    const { status, stdout, stderr } = await folder.install("--binary", "program", "--dry-run");
    assertEquals([status, stderr], [0, ""]);
    assertStringIncludes(stdout, "systemd does not run here");
    assertStringIncludes(stdout, "person-service 0.0.0 (jitless), sha256 ");
    assertMatch(stdout, /^would install \/usr\/local\/bin\/person-service$/m);
    assertMatch(stdout, /^would reload systemd$/m);
    const uninstalled = await folder.install("--uninstall", "--dry-run");
    assertEquals([uninstalled.status, uninstalled.stderr], [0, ""]);
  },
});

Deno.test({
  name: "install.sh: given no systemd that runs, when asked to install, then it refuses",
  ignore: isBooted,
  fn: async () => {
    await using folder = await FolderOfPrograms.make();
    const { status, stderr } = await folder.install("--binary", "program");
    assertEquals([status, stderr], [1, "install.sh: systemd does not run here\n"]);
  },
});

Deno.test("install.sh --uninstall: given an option of the installation, then it refuses in place of ignoring it", async () => {
  await using folder = await FolderOfPrograms.make();
  for (const [option, value] of [["--binary", "program"], ["--sha256", "00"], ["--timeout", "1"]]) {
    const args = [option ?? "", value ?? "", "--uninstall", "--dry-run"];
    const { status, stderr } = await folder.install(...args);
    const said = `install.sh: ${option} does not go with --uninstall; see --help\n`;
    assertEquals([status, stderr], [2, said]);
  }
});

/** Programs of a machine without systemd; `program` stands in for the executable. */
class FolderOfPrograms implements AsyncDisposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async make(): Promise<FolderOfPrograms> {
    const folder = new FolderOfPrograms(await Deno.makeTempDir());
    await folder.#add("program", 'echo "person-service 0.0.0 (jitless)"');
    await folder.#add("systemctl", 'echo "System has not been booted with systemd" >&2; exit 1');
    return folder;
  }

  async #add(name: string, script: string): Promise<void> {
    await Deno.writeTextFile(`${this.#path}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** Runs the installer on a machine that is not booted with systemd. */
  async install(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: [INSTALLER, ...args],
      cwd: this.#path,
      env: { PATH: `${this.#path}:${Deno.env.get("PATH")}` },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { status: code, stdout: text(stdout), stderr: text(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#path, { recursive: true });
  }
}
