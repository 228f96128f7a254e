import { assertEquals } from "@std/assert";
import { z } from "zod";
import { evaluate, nixTest } from "./nix_instantiate.ts";

const PLAIN_UNIT = new URL(
  "../../deployment/systemd/cim-domain-person.service",
  import.meta.url,
);

/** By directive; several lines of one directive are several values. */
const Directives = z.record(
  z.string(),
  z.union([z.string().transform((value) => [value]), z.array(z.string())]),
);

/** As systemd.services.<name> of NixOS has it. */
const Unit = z.object({
  description: z.string(),
  after: z.array(z.string()),
  wants: z.array(z.string()),
  wantedBy: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  unitConfig: Directives,
  serviceConfig: Directives,
});

nixTest(
  "Nix unit: given the plain unit, when compared, then only the executable's path differs",
  async () => {
    const unit = Unit.parse(
      await evaluate(`import ./deployment/nix/unit.nix {
      directives = builtins.fromJSON (builtins.readFile ./deployment/systemd/directives.json);
      executable = "/nix/store/x/bin/person-service";
    }`),
    );
    const plain = await readPlainUnit();
    assertEquals(unit.serviceConfig["ExecStart"], ["/nix/store/x/bin/person-service serve"]);
    assertEquals({
      Unit: {
        Description: [unit.description],
        After: [unit.after.join(" ")],
        Wants: [unit.wants.join(" ")],
        ...unit.unitConfig,
      },
      Service: {
        ...unit.serviceConfig,
        ExecStart: ["/usr/local/bin/person-service serve"],
        Environment: Object.entries(unit.environment).map((variable) => variable.join("=")),
      },
      Install: { WantedBy: [unit.wantedBy.join(" ")] },
    }, plain);
  },
);

/** Values by section and directive. */
async function readPlainUnit(): Promise<Record<string, Record<string, string[]>>> {
  const sections: Record<string, Record<string, string[]>> = {};
  let current: Record<string, string[]> = {};
  for (const line of (await Deno.readTextFile(PLAIN_UNIT)).split("\n")) {
    if (line.startsWith("#") || line === "") continue;
    const section = line.match(/^\[(\w+)\]$/)?.[1];
    if (section !== undefined) {
      current = sections[section] = {};
      continue;
    }
    const [, directive = "", value = ""] = line.match(/^(\w+)=(.*)$/) ?? [];
    (current[directive] ??= []).push(value);
  }
  return sections;
}
