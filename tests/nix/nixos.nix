# The module in what it needs of NixOS: the real module system, and the options of NixOS that the
# module sets, which here are only kept. Gives what a test looks at.
{
  lib,
  # In it, `person` stands for services.cim-domain-person.
  configuration,
}:
let
  inherit (lib) mkOption types;
  configured = configuration { inherit packageNamed; };
  anything = mkOption { default = { }; type = types.attrsOf types.anything; };
  list = mkOption { default = [ ]; type = types.listOf types.str; };

  # As systemd.services: a misspelt option is an error.
  unit.options = {
    description = mkOption { type = types.str; };
    after = list;
    wants = list;
    wantedBy = list;
    environment = mkOption { default = { }; type = types.attrsOf types.str; };
    unitConfig = anything;
    serviceConfig = anything;
  };

  # As services.nats, whose settings become a JSON file.
  nats.options = {
    enable = mkOption { default = false; type = types.bool; };
    jetstream = mkOption { default = false; type = types.bool; };
    port = mkOption { default = 4222; type = types.port; };
    settings = anything;
  };

  nixos = {
    options = {
      assertions = mkOption { default = [ ]; type = types.listOf types.unspecified; };
      warnings = list;
      systemd.services = mkOption { default = { }; type = types.attrsOf (types.submodule unit); };
      services.nats = mkOption { default = { }; type = types.submodule nats; };
      # Of the tests' own: the nats-server that this "nixpkgs" has.
      natsServerVersion = mkOption { default = "2.12.0"; type = types.str; };
    };
    config._module.args.pkgs = {
      nats-server.version = evaluated.config.natsServerVersion;
      # What package.nix would be given; nothing is built.
      callPackage = _file: _arguments: packageNamed "person-service";
    };
  };

  packageNamed = name: {
    type = "derivation";
    inherit name;
    outPath = "/package/${name}";
    jit = name == "person-service-jit";
    meta.mainProgram = "person-service";
  };

  evaluated = lib.evalModules {
    modules = [
      nixos
      ../../deployment/nix/module.nix
      { services.cim-domain-person = configured.person or { }; }
      (removeAttrs configured [ "person" ])
    ];
  };

  described = lib.optionAttrSetToDocList evaluated.options.services.cim-domain-person;
in
{
  inherit (evaluated.config) warnings;
  options = map (each: lib.removePrefix "services.cim-domain-person." each.name) described;
  units = evaluated.config.systemd.services;
  nats = evaluated.config.services.nats;
  # As NixOS shows them before it refuses to build.
  mistakes = map (each: each.message) (lib.filter (each: !each.assertion) evaluated.config.assertions);
}
