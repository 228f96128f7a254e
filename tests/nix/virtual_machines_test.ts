import { assertEquals } from "@std/assert";
import { nkeys } from "@nats-io/transport-node";
import { z } from "zod";
import { evaluateModule } from "./evaluate_module.ts";
import { evaluate, nixpkgsTest } from "./nix_instantiate.ts";

const TEST = "(import ./deployment/nix/test.nix { inherit lib; })";

// Nothing boots here; that is for `nix flake check`.
nixpkgsTest(
  "Virtual machines: given both, when evaluated, then the module accepts their settings",
  async () => {
    for (const machine of [`${TEST}.nodes.nats`, `(${TEST}.nodes.service { config = { }; })`]) {
      const { mistakes, warnings } = await evaluateModule(`inherit (${machine}) services;`);
      assertEquals({ mistakes, warnings }, { mistakes: [], warnings: [] });
    }
  },
);

nixpkgsTest(
  "Virtual machines: given their keys, when compared, then seeds and public keys belong together",
  async () => {
    const seeds = z.record(z.string(), z.object({ text: z.string() })).parse(
      await evaluate(`(${TEST}.nodes.service { config = { }; }).environment.etc`),
    );
    const publicKeys = Object.entries(seeds).map(([file, { text }]) => [
      file,
      nkeys.fromSeed(new TextEncoder().encode(text)).getPublicKey(),
    ]);
    const { serviceKey, operatorKeys } = z.object({
      serviceKey: z.string(),
      operatorKeys: z.array(z.string()),
    }).parse(await evaluate(`${TEST}.nodes.nats.services.cim-domain-person.nats`));
    assertEquals(Object.fromEntries(publicKeys), {
      "person-service.nk": serviceKey,
      "operator.nk": operatorKeys.join(),
    });
  },
);
