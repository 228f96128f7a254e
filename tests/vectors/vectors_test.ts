import { assert, assertEquals } from "@std/assert";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { runDecide, runEvolve } from "./aggregate.ts";
import {
  runCompose,
  runPredicates,
  runQuery,
  runTemporalValidOn,
  runTitleValidOn,
} from "./attributes.ts";
import { runDisplay, runParse, runValidate } from "./names.ts";
import { runServiceFlow } from "./service_flow.ts";
import { Vector } from "./vector.ts";
import { runWire } from "./wire.ts";

const RUNNERS = new Map<string, (vector: Vector) => void | Promise<void>>([
  ["aggregate.decide", runDecide],
  ["aggregate.evolve", runEvolve],
  ["attribute.predicates", runPredicates],
  ["attribute_set.query", runQuery],
  ["name.display", runDisplay],
  ["name.parse", runParse],
  ["name.validate", runValidate],
  ["service.flow", runServiceFlow],
  ["temporal.compose", runCompose],
  ["temporal.valid_on", runTemporalValidOn],
  ["title.valid_on", runTitleValidOn],
]);

const folder = Deno.env.get("PERSON_VECTORS_DIR") ??
  fileURLToPath(new URL(".", import.meta.url));
let registered = 0;
let ran = 0;

for (const file of Array.from(Deno.readDirSync(folder), ({ name }) => name).sort()) {
  if (!file.endsWith(".json")) continue;
  const topic = basename(file, ".json");
  for (
    const vector of z.array(Vector).parse(JSON.parse(Deno.readTextFileSync(join(folder, file))))
  ) {
    registered++;
    Deno.test(`${vector.id}: ${vector.description}`, async () => {
      ran++;
      const run = topic.startsWith("wire.") ? runWire : RUNNERS.get(topic);
      if (run === undefined) throw new Error(`Unknown topic "${topic}"`);
      await run(vector);
    });
  }
}

Deno.test("Vectors: given a folder of them, then every one of them ran", () => {
  assert(registered > 0, `No vectors in "${folder}"`);
  assertEquals(ran, registered);
  // deno-lint-ignore no-console -- how many ran is for the reader of the test's output
  console.log(`${ran} vectors ran`);
});
