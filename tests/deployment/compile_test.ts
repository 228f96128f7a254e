import { assertEquals } from "@std/assert";
import { configFor, importedPackages, lockFor } from "../../deployment/compile/packages.ts";
import { bareEnvironment } from "../support/command_line.ts";

const COMPILE = `${import.meta.dirname}/../../deployment/compile.ts`;
const UNREACHABLE = "http://127.0.0.1:1";

/** What `deno task compile` comes to; it writes nothing unless it succeeds. */
async function compile(args: string[], env: Record<string, string>) {
  const output = `${await Deno.makeTempDir({ prefix: "compile-" })}/person-service`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", COMPILE, "--output", output, ...args],
    clearEnv: true,
    env: { ...bareEnvironment(), ...env },
  }).output();
  const wasWritten = await Deno.stat(output).then(() => true, () => false);
  return { code, stderr: new TextDecoder().decode(stderr).trim(), wasWritten };
}

Deno.test("compile: given no base binary and no way to fetch it, then one line names DENORT_BIN", async () => {
  const outcome = await compile(["--target", "aarch64-apple-darwin"], {
    HTTPS_PROXY: UNREACHABLE,
    https_proxy: UNREACHABLE,
  });
  assertEquals(outcome, {
    code: 1,
    stderr: `Cannot fetch Deno's base binary: download denort ${Deno.version.deno} from ` +
      "https://github.com/denoland/deno/releases and set DENORT_BIN to its path",
    wasWritten: false,
  });
});

Deno.test("compile: given a DENORT_BIN that is no base binary, then one line says so", async () => {
  assertEquals(await compile([], { DENORT_BIN: "/nowhere/denort" }), {
    code: 1,
    stderr: 'DENORT_BIN names "/nowhere/denort": no such file',
    wasWritten: false,
  });
  assertEquals(await compile([], { DENORT_BIN: "/etc/passwd" }), {
    code: 1,
    stderr: `DENORT_BIN names "/etc/passwd", which is no base binary of Deno ${Deno.version.deno}`,
    wasWritten: false,
  });
  const other = Deno.build.arch === "x86_64" ? "aarch64" : "x86_64";
  const target = `${other}-unknown-linux-gnu`;
  const denoItself = Deno.execPath(); // an executable of this machine, in any case
  assertEquals(await compile(["--target", target], { DENORT_BIN: denoItself }), {
    code: 1,
    stderr: `DENORT_BIN names "${denoItself}", which is not for ${target}`,
    wasWritten: false,
  });
});

/** What `deno info --json` says of a program that imports "used", and "used" in turn "inner". */
const INFO = JSON.stringify({
  modules: [{ specifier: "file:///main.ts" }, { npmPackage: "used@1.0.0" }],
  npmPackages: {
    "used@1.0.0": packageInfo("used", ["@scope/inner@2.0.0"]),
    "@scope/inner@2.0.0": packageInfo("@scope/inner", []),
    "of-tests@1.0.0": packageInfo("of-tests", []),
  },
});

function packageInfo(name: string, dependencies: string[]) {
  const version = name === "@scope/inner" ? "2.0.0" : "1.0.0";
  return { name, version, dependencies, registryUrl: "https://registry.example/npm/" };
}

Deno.test("importedPackages: finds what is imported, directly or not, and nothing else", () => {
  assertEquals(importedPackages(INFO), [
    { id: "used@1.0.0", name: "used", folder: "registry.example/npm/used/1.0.0" },
    {
      id: "@scope/inner@2.0.0",
      name: "@scope/inner",
      folder: "registry.example/npm/@scope/inner/2.0.0",
    },
  ]);
});

Deno.test("lockFor: keeps the imported packages alone", () => {
  const lockFile = {
    version: "5",
    specifiers: { "npm:used@1.0.0": "1.0.0", "npm:of-tests@1.0.0": "1.0.0" },
    npm: {
      "@scope/inner@2.0.0": { integrity: "sha512-b" },
      "of-tests@1.0.0": { integrity: "sha512-c" },
      "used@1.0.0": { integrity: "sha512-a", dependencies: ["@scope/inner"] },
    },
    workspace: { dependencies: ["npm:of-tests@1.0.0", "npm:used@1.0.0"] },
  };
  assertEquals(lockFor(importedPackages(INFO), JSON.stringify(lockFile)), {
    version: "5",
    specifiers: { "npm:used@1.0.0": "1.0.0" },
    npm: {
      "@scope/inner@2.0.0": { integrity: "sha512-b" },
      "used@1.0.0": { integrity: "sha512-a", dependencies: ["@scope/inner"] },
    },
    workspace: { dependencies: ["npm:used@1.0.0"] },
  });
});

Deno.test("configFor: leaves out imports of the tests", () => {
  const zod = { id: "zod@4.6.7", name: "zod", folder: "registry.npmjs.org/zod/4.6.7" };
  assertEquals(Object.keys(configFor([zod])["imports"] ?? {}), ["zod"]);
});
