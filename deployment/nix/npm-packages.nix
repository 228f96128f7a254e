# The npm packages that deno.lock names, as arguments for fetchurl. The lock file's own hashes are
# used, so there is no second list of hashes to keep up to date. Needs nothing of nixpkgs.
lockFile:
let
  lock = builtins.fromJSON (builtins.readFile lockFile);

  # "@scope/name@1.2.3", and behind a "_" the peers that the package was resolved with.
  packageOf =
    key:
    let
      parts = builtins.match "(@?[^@]+)@([^_]+)(_.*)?" key;
      name = builtins.elemAt parts 0;
      version = builtins.elemAt parts 1;
      entry = lock.npm.${key};
      tarball = "https://registry.npmjs.org/${name}/-/${baseNameOf name}-${version}.tgz";
    in
    if parts == null then
      throw "deno.lock: \"${key}\" is no npm package with a version"
    else
      {
        # Packages that differ in their peers only are one folder of Deno's cache.
        name = "${name}/${version}";
        value = {
          url = entry.tarball or tarball;
          hash = entry.integrity;
        };
      };
in
assert
  lock.version == "5"
  || throw "deno.lock is of version ${lock.version}; deployment/nix/npm-packages.nix reads version 5";
builtins.listToAttrs (map packageOf (builtins.attrNames lock.npm))
