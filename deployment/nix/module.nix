# services.cim-domain-person: the service under the same unit as on other systems.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.cim-domain-person;
  known = import ./settings.nix { inherit lib; };

  unit = import ./unit.nix {
    directives = builtins.fromJSON (builtins.readFile ../systemd/directives.json);
    executable = lib.getExe cfg.package;
  };

  given = lib.filterAttrs (_: value: value != null) cfg.settings;

  textOf =
    value:
    if lib.isBool value then
      lib.boolToString value
    else
      lib.concatMapStringsSep "," toString (lib.toList value);

  # systemd takes "%" for the start of a specifier.
  environmentOf = value: lib.replaceStrings [ "%" ] [ "%%" ] (textOf value);

  renamed =
    from: variable:
    lib.mkRenamedOptionModule
      [
        "services"
        "cim-domain-person"
        from
      ]
      [
        "services"
        "cim-domain-person"
        "settings"
        variable
      ];

  secretsGiven =
    lib.filter (name: given ? ${name}) known.secrets
    ++ lib.optional (lib.any (lib.hasInfix "@") (lib.toList (given.NATS_URL or [ ]))) "NATS_URL";
  credentialNames = lib.attrNames cfg.credentials;
in
{
  imports = [
    ./nats.nix
    (renamed "natsUrl" "NATS_URL")
    (renamed "streamName" "STREAM_NAME")
    (renamed "logLevel" "LOG_LEVEL")
    (renamed "snapshotFrequency" "SNAPSHOT_FREQ")
  ];

  options.services.cim-domain-person = {
    enable = lib.mkEnableOption "the CIM person domain, which decides person commands and stores their events";

    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ./package.nix { };
      defaultText = lib.literalExpression "pkgs.callPackage deployment/nix/package.nix { }";
      description = "The service.";
    };

    settings = mkOption {
      type = types.submodule {
        freeformType =
          with types;
          attrsOf (
            nullOr (oneOf [
              str
              int
              bool
              (listOf str)
            ])
          );
        inherit (known) options;
      };
      default = { };
      example = {
        NATS_URL = [
          "tls://nats-1.example.org"
          "tls://nats-2.example.org"
        ];
        STREAM_REPLICAS = 3;
      };
      description = ''
        Environment variables of the service; `person-service config` prints what is in effect. No
        secrets: they would be readable by everybody in the Nix store.
      '';
    };

    environmentFile = mkOption {
      type = types.nullOr types.externalPath;
      default = null;
      example = "/run/secrets/person-service.env";
      description = ''
        File of environment variables, for secrets such as `NATS_PASSWORD`. What it sets counts
        instead of {option}`services.cim-domain-person.settings`. Without it,
        `/etc/cim-person/environment` is read where there is one.
      '';
    };

    credentials = mkOption {
      type = types.attrsOf types.externalPath;
      default = { };
      example = {
        NATS_CREDS_FILE = "/run/secrets/person-service.creds";
      };
      description = ''
        Files that settings name, by variable: ${lib.concatMapStringsSep ", " (name: "`${name}`") known.files}.
        systemd reads them as root and hands them to the service alone.
      '';
    };

    memoryDenyWriteExecute = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether memory may not be writable and executable, now or later. Needs a package without JIT.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.cim-domain-person = unit // {
      environment =
        unit.environment
        // lib.mapAttrs (_: environmentOf) given
        // lib.genAttrs credentialNames (name: name);
      serviceConfig = lib.mapAttrs (_: lib.mkDefault) (
        unit.serviceConfig
        // {
          MemoryDenyWriteExecute = cfg.memoryDenyWriteExecute;
        }
        // lib.optionalAttrs (cfg.environmentFile != null) { EnvironmentFile = cfg.environmentFile; }
        // lib.optionalAttrs (credentialNames != [ ]) {
          LoadCredential = lib.mapAttrsToList (name: path: "${name}:${path}") cfg.credentials;
        }
      );
    };

    assertions = [
      {
        assertion = cfg.memoryDenyWriteExecute -> !(cfg.package.jit or false);
        message = ''
          services.cim-domain-person: a package with JIT can't run while
          services.cim-domain-person.memoryDenyWriteExecute is on. Use the package without JIT, or
          set memoryDenyWriteExecute = false to have speed instead of that protection.
        '';
      }
      {
        assertion = secretsGiven == [ ];
        message = ''
          services.cim-domain-person.settings: ${lib.concatStringsSep ", " secretsGiven} would be
          readable by everybody in the Nix store. Put it into a file outside of the store and name
          that in services.cim-domain-person.environmentFile.
        '';
      }
      {
        assertion = lib.all (name: lib.elem name known.files) credentialNames;
        message = ''
          services.cim-domain-person.credentials: no setting of the name ${
            lib.concatStringsSep ", " (lib.subtractLists known.files credentialNames)
          } takes a file; there is ${lib.concatStringsSep ", " known.files}.
        '';
      }
      {
        assertion = lib.all (name: !(given ? ${name})) credentialNames;
        message = ''
          services.cim-domain-person: ${
            lib.concatStringsSep ", " (lib.filter (name: given ? ${name}) credentialNames)
          } stands in settings and in credentials; keep the one in credentials.
        '';
      }
    ];
  };
}
