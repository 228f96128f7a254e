import { assertEquals } from "@std/assert";
import { TestFile } from "../support/test_file.ts";
import { evaluateModule } from "./evaluate_module.ts";
import { nixpkgsTest, nixTest, parse } from "./nix_instantiate.ts";

const readme = await Deno.readTextFile(
  new URL("../../deployment/nix/README.md", import.meta.url),
);

nixTest("Nix README: given its examples, when parsed, then each is Nix", async () => {
  const examples = readme.matchAll(/^```nix\n(.*?)^```$/gms).map(([, example = ""]) => example);
  let parsed = 0;
  for (const example of examples) {
    await using file = await TestFile.create(example);
    await parse(file.path);
    parsed++;
  }
  assertEquals(parsed, 3);
});

nixpkgsTest(
  "Nix README: given its table of options, when compared with the module, then both name the same",
  async () => {
    const table = readme.split(/^## /m).find((section) => section.startsWith("Options")) ?? "";
    const listed = table.matchAll(/^\| `([\w.]+)` /gm).map(([, name = ""]) => name);
    const { options } = await evaluateModule("");
    const own = options.filter((name) => !name.startsWith("settings."));
    assertEquals([...listed].sort(), own.sort());
  },
);
