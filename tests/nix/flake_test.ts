import { assertEquals } from "@std/assert";
import { evaluate, nixpkgsTest, nixTest } from "./nix_instantiate.ts";

// Of nixpkgs itself, packages are no more than names here.
const OUTPUTS = `
  (import ./flake.nix).outputs rec {
    self = (import ./flake.nix).outputs { inherit self nixpkgs; } // { rev = "0123abc"; };
    nixpkgs = {
      inherit lib;
      legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: {
        stdenv.hostPlatform = { inherit system; };
        callPackage = file: arguments: {
          type = "derivation";
          inherit system arguments;
          file = baseNameOf file;
        };
        testers.runNixOSTest = test: { imported = map baseNameOf test.imports; };
        mkShell = shell: shell.packages;
        deno = "deno";
        nats-server = "nats-server";
        natscli = "natscli";
        nkeys = "nkeys";
        nixfmt-tree = "nixfmt-tree";
      });
    };
  }`;

nixTest("Flake: given its inputs, when listed, then nixpkgs is the only one", async () => {
  assertEquals(await evaluate("builtins.attrNames (import ./flake.nix).inputs"), ["nixpkgs"]);
});

nixpkgsTest(
  "Flake: given its outputs, when evaluated, then each is what its name says",
  async () => {
    const outputs = `(let outputs = ${OUTPUTS}; in
    { inherit (outputs) packages checks devShells formatter; overlay = outputs.overlays.default {
      callPackage = file: arguments: { inherit arguments; file = baseNameOf file; };
    } {}; })`;
    const file = "package.nix";
    const plain = { file, arguments: { commit: "0123abc" } };
    const jit = { file, arguments: { commit: "0123abc", jit: true } };
    const built = (system: string) => ({
      "person-service": { type: "derivation", system, ...plain },
      "person-service-jit": { type: "derivation", system, ...jit },
    });
    const bySystem = (of: (system: string) => unknown) => ({
      "x86_64-linux": of("x86_64-linux"),
      "aarch64-linux": of("aarch64-linux"),
    });
    assertEquals(await evaluate(outputs), {
      packages: bySystem((system) => ({
        ...built(system),
        default: built(system)["person-service"],
      })),
      overlay: { "person-service": plain, "person-service-jit": jit },
      checks: bySystem((system) => ({ ...built(system), vm: { imported: ["test.nix"] } })),
      devShells: bySystem(() => ({ default: ["deno", "nats-server", "natscli", "nkeys"] })),
      formatter: bySystem(() => "nixfmt-tree"),
    });
  },
);

nixpkgsTest(
  "Flake: given its NixOS module, when evaluated, then the package is the flake's own",
  async () => {
    const evaluated = `(let outputs = ${OUTPUTS}; in (lib.evalModules { modules = [
    outputs.nixosModules.default
    { _module.args.pkgs.stdenv.hostPlatform.system = "aarch64-linux"; _module.check = false; }
  ]; }).config.services.cim-domain-person.package.system)`;
    assertEquals(await evaluate(evaluated), "aarch64-linux");
  },
);
