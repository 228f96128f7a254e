/**
 * Evaluates the NixOS module with the real module system.
 *
 * @module
 */
import { z } from "zod";
import { evaluate } from "./nix_instantiate.ts";

const Unit = z.object({
  environment: z.record(z.string(), z.string()),
  wantedBy: z.array(z.string()),
  serviceConfig: z.record(z.string(), z.unknown()),
});

const Evaluated = z.object({
  units: z.record(z.string(), Unit),
  nats: z.object({
    enable: z.boolean(),
    jetstream: z.boolean(),
    settings: z.record(z.string(), z.unknown()),
  }),
  options: z.array(z.string()),
  warnings: z.array(z.string()),
  mistakes: z.array(z.string()),
});

/** What of NixOS the module sets. */
export interface EvaluatedModule extends z.output<typeof Evaluated> {
  /** The service's unit. */
  unit: z.output<typeof Unit>;
}

const NO_UNIT = { environment: {}, wantedBy: [], serviceConfig: {} };

/**
 * Evaluates the module with a configuration, in which `person` stands for
 * `services.cim-domain-person`. For {@linkcode nixpkgsTest} only.
 *
 * @throws {NixError} when the module system refuses a value
 */
export async function evaluateModule(configuration: string): Promise<EvaluatedModule> {
  const evaluated = Evaluated.parse(
    await evaluate(`import ./tests/nix/nixos.nix {
      inherit lib;
      configuration = { packageNamed }: { ${configuration} };
    }`),
  );
  return { ...evaluated, unit: evaluated.units["cim-domain-person"] ?? NO_UNIT };
}
