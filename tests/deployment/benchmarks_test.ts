/** The document of measurements: its tables and pictures are made of the figures that are kept beside it. */
import { assertEquals } from "@std/assert";
import { partsOf, picturesOf, withParts } from "../bench/report/document.ts";
import { Results } from "../bench/results.ts";
import { textOf } from "../support/documents.ts";

const kept = Results.parse(JSON.parse(textOf("deployment/benchmarks.json")));

Deno.test("BENCHMARKS.md: given the kept figures, when its tables are made anew, then they are those of the document", () => {
  const document = textOf("deployment/BENCHMARKS.md");
  assertEquals(document, withParts(document, partsOf(kept)));
});

Deno.test("BENCHMARKS.md: given the kept figures, when its pictures are made anew, then they are those beside it", () => {
  for (const [name, picture] of Object.entries(picturesOf(kept))) {
    assertEquals(textOf(`deployment/${name}`), picture, name);
  }
});
