import { assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { TestFile } from "../support/test_file.ts";
import { evaluate, NixError, nixTest } from "./nix_instantiate.ts";

const Lock = z.object({ npm: z.record(z.string(), z.object({ integrity: z.string() })) });

nixTest(
  "npm packages: given the lock file, when read by Nix, then each package has a folder and the lock file's hash",
  async () => {
    const lockFile = await Deno.readTextFile(new URL("../../deno.lock", import.meta.url));
    const expected = Object.entries(Lock.parse(JSON.parse(lockFile)).npm).map(
      ([id, { integrity }]) => {
        const [name = "", version = ""] = id.split(/(?<=.)@/);
        const file = `${name.replace(/^.*\//, "")}-${version}.tgz`;
        const url = `https://registry.npmjs.org/${name}/-/${file}`;
        return [`${name}/${version}`, { hash: integrity, url }];
      },
    );
    assertEquals(
      await evaluate("import ./deployment/nix/npm-packages.nix ./deno.lock"),
      Object.fromEntries(expected),
    );
  },
);

nixTest(
  "npm packages: given a package resolved with peers and one from elsewhere, when read, then both are understood",
  async () => {
    await using file = await TestFile.create(JSON.stringify({
      version: "5",
      npm: {
        "@a/b@1.0.0_c@2.0.0": { integrity: "sha512-x", tarball: "https://example.org/b.tgz" },
      },
    }));
    assertEquals(
      await evaluate(`import ./deployment/nix/npm-packages.nix ${file.path}`),
      { "@a/b/1.0.0": { hash: "sha512-x", url: "https://example.org/b.tgz" } },
    );
  },
);

nixTest(
  "npm packages: given a lock file of another version, when read, then it is refused",
  async () => {
    await using file = await TestFile.create('{"version": "6", "npm": {}}');
    await assertRejects(
      () => evaluate(`import ./deployment/nix/npm-packages.nix ${file.path}`),
      NixError,
      "deno.lock is of version 6",
    );
  },
);
