/**
 * A machine as the deployment guide has it: the guide's blocks run as they stand, but that its addresses are of a
 * loopback network of this test's own, and its folders below a temporary one.
 *
 * @module
 */
import { findNatsServer } from "../../deployment/dev/nats_server.ts";
import { assertThat } from "./assert_that.ts";
import { bareEnvironment } from "./command_line.ts";
import { blocksOf } from "./documents.ts";
import { PROGRAM } from "./program.ts";
import { until } from "./until.ts";

const GUIDE = "deployment/README.md";

/** `await using host = await GuideHost.start()` ends everything that was started on it. */
export class GuideHost implements AsyncDisposable {
  readonly folder: string;
  /** The first three numbers of all its addresses. */
  readonly #network: string;
  readonly #started: Deno.ChildProcess[] = [];

  private constructor(folder: string, network: string) {
    this.folder = folder;
    this.#network = network;
  }

  /** Makes one, with `person-service` and `nats-server` on its path. */
  static async start(): Promise<GuideHost> {
    const random = () => 1 + Math.floor(Math.random() * 250);
    const folder = await Deno.makeTempDir({ prefix: "guide-" });
    const host = new GuideHost(folder, `127.${random()}.${random()}`);
    const service = [PROGRAM.path, ...PROGRAM.args].map((word) => `'${word}'`).join(" ");
    await host.#program(
      "person-service",
      `[[ $* == *--env-file* ]] || export NATS_URL=\${NATS_URL:-${host.address(1)}:4222}
      exec ${service} "$@"`,
    );
    const { path } = await findNatsServer();
    await host.#program(
      "nats-server",
      `[[ $1 == -c ]] || set -- --addr ${host.address(1)} "$@"; exec '${path}' "$@"`,
    );
    return host;
  }

  /** 192.0.2.n of the guide. */
  address(n: number): string {
    return `${this.#network}.${n}`;
  }

  /** Writes a file of the guide: the block that is marked with its name. */
  async write(name: string, folder = "."): Promise<void> {
    const block = blocksOf(GUIDE).find(({ mark }) => mark === name);
    assertThat(block !== undefined, `The guide has no block "${name}"`);
    await Deno.mkdir(`${this.folder}/${folder}`, { recursive: true });
    await Deno.writeTextFile(`${this.folder}/${folder}/${name}`, this.here(block.text));
  }

  /** A text of the guide, with this host's addresses and folders. */
  here(text: string): string {
    return text
      .replaceAll("192.0.2.", `${this.#network}.`)
      .replaceAll("localhost:4222", `${this.address(1)}:4222`)
      .replaceAll(/(?<![\w.])\/(etc|var)\//g, `${this.folder}/$1/`);
  }

  /** Runs the guide's blocks of this name, as one script, and gives what they print. */
  async runBlocks(name: string, env: Record<string, string> = {}): Promise<string> {
    return await this.run(guideBlocks(name).join("\n"), env);
  }

  /** Runs a script of the guide; fails when one of its commands does. */
  async run(script: string, env: Record<string, string> = {}): Promise<string> {
    // What a script has started must not outlive its failure.
    const guarded = `trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
      set -eo pipefail\n${this.here(script)}\nwait`;
    const process = this.#spawn(guarded, env);
    const { success, stdout, stderr } = await process.output();
    const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertThat(success, `${said}\n${complained}`);
    return said ?? "";
  }

  /** Starts a server in the background and waits until it can be reached. */
  async startNats(n: number, args: string[], env: Record<string, string> = {}): Promise<void> {
    const log = `${this.folder}/nats-${n}.log`;
    const process = this.#spawn(`exec nats-server ${args.join(" ")} >${log} 2>&1`, env);
    this.#started.push(process);
    let hasEnded = false;
    process.status.then(() => hasEnded = true);
    await until(`server ${n} of the guide can be reached`, async () => {
      if (hasEnded) return true;
      (await Deno.connect({ hostname: this.address(n), port: 4222 })).close();
      return true;
    });
    assertThat(!hasEnded, await Deno.readTextFile(log));
  }

  /** Kills everything and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#started) {
      kill(process);
      await process.output();
    }
    await Deno.remove(this.folder, { recursive: true });
  }

  async #program(name: string, script: string): Promise<void> {
    const path = `${this.folder}/bin/${name}`;
    await Deno.mkdir(`${this.folder}/bin`, { recursive: true });
    await Deno.writeTextFile(path, `#!/usr/bin/env bash\n${script}\n`, { mode: 0o755 });
  }

  #spawn(script: string, env: Record<string, string>): Deno.ChildProcess {
    const bare = bareEnvironment();
    return new Deno.Command("bash", {
      args: ["-c", script],
      cwd: this.folder,
      clearEnv: true,
      env: { ...bare, ...env, PATH: `${this.folder}/bin:${bare["PATH"]}` },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }
}

/** The guide's blocks that are marked `test=<name>`. */
export function guideBlocks(name: string): string[] {
  const blocks = blocksOf(GUIDE).filter(({ mark }) => mark === `test=${name}`);
  assertThat(blocks.length > 0, `The guide has no block for ${name}`);
  return blocks.map(({ text }) => text);
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended already.
  }
}
