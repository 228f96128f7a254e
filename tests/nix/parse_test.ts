import { assertEquals, assertRejects } from "@std/assert";
import { NixError, nixFiles, nixTest, parse } from "./nix_instantiate.ts";

nixTest("Nix: given every .nix file, when parsed, then it is Nix", async () => {
  const files = await nixFiles();
  assertEquals(files.includes("flake.nix"), true);
  assertEquals(files.includes("deployment/nix/module.nix"), true);
  for (const file of files) await parse(file);
});

nixTest("Nix: given what is no Nix, when parsed, then that is an error", async () => {
  await assertRejects(() => parse("README.md"), NixError);
});
