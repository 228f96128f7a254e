import { assert, assertEquals, assertGreater, assertLessOrEqual, assertMatch } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { compileExecutable, CompileFailed } from "../../deployment/compile/executable.ts";
import { personService } from "../support/command_line.ts";
import { PROGRAM } from "../support/program.ts";

const ROOT = Deno.realPathSync(`${import.meta.dirname}/../..`);

/** What glibc consists of, as far as it is linked, and the compiler's run-time library. */
const EVERYWHERE = ["libc", "libdl", "libgcc_s", "libm", "libpthread", "librt"];
/** As the README promises it: of 2018. */
const OLDEST_GLIBC_MINOR = 27;

/** A character for each byte. */
const textOf = async (path: string) => new TextDecoder("latin1").decode(await Deno.readFile(path));

const outputOf = async (program: string, ...args: string[]) => {
  const { stdout } = await new Deno.Command(program, { args }).output();
  return new TextDecoder().decode(stdout);
};

Deno.test("the executable links against nothing but glibc, of 2.27 or newer", async () => {
  const linked = (await outputOf("ldd", PROGRAM.path)).matchAll(/^\s*(\w+)\.so\.\d+ =>/gm);
  assertEquals([...linked].map(([, name = ""]) => name).sort(), EVERYWHERE);
  const versions = [...(await textOf(PROGRAM.path)).matchAll(/\0GLIBC_2\.(\d+)(?=[.\0])/g)]
    .map(([, minor]) => Number(minor));
  assertGreater(versions.length, 0);
  assertLessOrEqual(Math.max(...versions), OLDEST_GLIBC_MINOR);
});

Deno.test("the executable says its version, commit, Deno's version and how it runs", async () => {
  const { stdout } = await personService(["--version"]);
  assertMatch(stdout, /^person-service \S+ \(commit \S+, Deno [\d.]+, (JIT|jitless)\)$/);
  assert(stdout.startsWith(`person-service ${project.version} `));
});

Deno.test("the executable holds what the service imports and no packages of the tests", async () => {
  const text = await textOf(PROGRAM.path);
  assert(text.includes("nats-core"));
  assert(!text.includes("fast-check/lib"));
  assert(!text.includes("deno-std"));
});

Deno.test("the executable may read the environment, use network and files, and nothing else", async () => {
  const text = await textOf(PROGRAM.path);
  const permissions = text.match(/"permissions":(\{.*?\})/)?.[1] ?? "";
  const granted = Object.entries(JSON.parse(permissions)).filter(([, value]) => value !== null);
  assertEquals(Object.fromEntries(granted), {
    allow_env: [],
    allow_net: [],
    allow_read: [],
    allow_write: [],
    allow_import: [],
    deny_import: [],
    prompt: false,
  });
});

Deno.test({
  name: "the same commit compiled twice gives identical bytes",
  ignore: !Deno.env.get("DENORT_BIN"),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "twice-" });
    try {
      const compile = (name: string) =>
        compileExecutable({ root: ROOT, output: `${folder}/${name}`, commit: "0", jit: false });
      const [once, twice] = [await compile("once"), await compile("twice")];
      assertEquals(once.sha256, twice.sha256);
    } catch (error) {
      // deno-lint-ignore no-console -- says loudly what was not tried
      if (error instanceof CompileFailed) console.error(`SKIPPED: ${error.message}`);
      else throw error;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
