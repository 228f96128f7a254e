{
  description = "CIM person domain: takes person commands over NATS and stores their events";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      commit = self.rev or self.dirtyRev or "unknown";

      forEachSystem =
        of:
        lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
        ] (system: of nixpkgs.legacyPackages.${system});

      packagesFor = pkgs: {
        person-service = pkgs.callPackage ./deployment/nix/package.nix { inherit commit; };
        person-service-jit = pkgs.callPackage ./deployment/nix/package.nix {
          inherit commit;
          jit = true;
        };
      };
    in
    {
      packages = forEachSystem (
        pkgs:
        let
          packages = packagesFor pkgs;
        in
        packages // { default = packages.person-service; }
      );

      overlays.default = final: _previous: packagesFor final;

      nixosModules.default =
        { lib, pkgs, ... }:
        {
          imports = [ ./deployment/nix/module.nix ];
          # Of the nixpkgs that this flake was locked with, for an older one may lack denort.
          services.cim-domain-person.package =
            lib.mkDefault
              self.packages.${pkgs.stdenv.hostPlatform.system}.person-service;
        };

      checks = forEachSystem (pkgs: {
        inherit (self.packages.${pkgs.stdenv.hostPlatform.system}) person-service person-service-jit;
        vm = pkgs.testers.runNixOSTest {
          imports = [ ./deployment/nix/test.nix ];
          defaults.imports = [ self.nixosModules.default ];
        };
      });

      devShells = forEachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.deno
            pkgs.nats-server
            pkgs.natscli
            pkgs.nkeys
          ];
        };
      });

      formatter = forEachSystem (pkgs: pkgs.nixfmt-tree);
    };
}
