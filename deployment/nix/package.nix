# person-service as one executable, compiled from this checkout without a network: the npm packages
# come from deno.lock's own hashes, Deno's base binary from nixpkgs.
{
  lib,
  stdenvNoCC,
  fetchurl,
  deno,
  # Deno's base binary, of the same version as deno.
  denort ? deno.denort or (throw ''
    The deno of this nixpkgs has no output "denort". Use a nixpkgs from July 2026 or later, or give
    the base binary as an argument: person-service.override { denort = ...; }
  ''),
  # Faster, but can't run under MemoryDenyWriteExecute=yes.
  jit ? false,
  # For `person-service --version`: a build has no git to ask.
  commit ? "unknown",
}:
let
  root = ../..;
  project = builtins.fromJSON (builtins.readFile (root + "/deno.json"));
  npmPackages = import ./npm-packages.nix (root + "/deno.lock");

  # As Deno keeps them in its cache. Copies, for the paths of links would end up in the executable.
  unpack = folder: tarball: ''
    mkdir -p "$DENO_DIR/npm/registry.npmjs.org/${folder}"
    tar --extract --gzip --file ${fetchurl tarball} --strip-components=1 \
      --directory "$DENO_DIR/npm/registry.npmjs.org/${folder}"
  '';
in
stdenvNoCC.mkDerivation {
  pname = "person-service" + lib.optionalString jit "-jit";
  inherit (project) version;

  src = lib.fileset.toSource {
    inherit root;
    fileset = lib.fileset.unions [
      (root + "/deno.json")
      (root + "/deno.lock")
      (root + "/src")
      (root + "/deployment/compile.ts")
      (root + "/deployment/compile")
      (root + "/deployment/examples")
    ];
  };

  strictDeps = true;
  nativeBuildInputs = [ deno ];

  configurePhase = ''
    runHook preConfigure
    export DENO_DIR=$NIX_BUILD_TOP/deno_dir
    ${lib.concatStrings (lib.mapAttrsToList unpack npmPackages)}
    runHook postConfigure
  '';

  # The flags stand in deployment/compile, which also tries the executable out.
  buildPhase = ''
    runHook preBuild
    DENORT_BIN=${denort}/bin/denort deno run --allow-all --cached-only --frozen \
      deployment/compile.ts ${lib.optionalString jit "--jit "}\
      --commit ${lib.escapeShellArg commit} --output person-service
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall
    install -D --mode=755 person-service $out/bin/person-service
    runHook postInstall
  '';

  # Either would cut off the program, which lies behind the base binary's own sections.
  dontStrip = true;
  dontPatchELF = true;

  # Read by module.nix.
  passthru = { inherit jit; };

  meta = {
    description = "Owns the truth about persons: takes commands over NATS, stores events in JetStream";
    license = lib.licenses.mit;
    mainProgram = "person-service";
    platforms = [
      "x86_64-linux"
      "aarch64-linux"
    ];
  };
}
