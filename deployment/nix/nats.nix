# services.cim-domain-person.nats: a nats-server on this machine, set up for persons.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.cim-domain-person;
  accounts = import ./nats-accounts.nix (
    {
      inherit (cfg.nats) serviceKey callerKeys operatorKeys;
    }
    // lib.optionalAttrs (cfg.settings.SUBJECT_PREFIX != null) {
      subjectPrefix = cfg.settings.SUBJECT_PREFIX;
    }
    // lib.optionalAttrs (cfg.settings.STREAM_NAME != null) {
      streamName = cfg.settings.STREAM_NAME;
    }
  );

  # As `nk -gen user -pubout` prints it below the seed.
  publicKey = types.strMatching "U[A-Z2-7]{55}";

  logsIn =
    cfg.credentials ? NATS_NKEY_SEED_FILE
    || cfg.settings.NATS_NKEY_SEED_FILE != null
    || cfg.environmentFile != null;
in
{
  options.services.cim-domain-person.nats = {
    enable = lib.mkEnableOption ''
      a nats-server on this machine: JetStream on disk, synced before each acknowledgement, reachable
      from this machine only, and users who may do no more than they need. May be on without the
      service, for one that runs elsewhere. `services.nats` changes it further'';

    serviceKey = mkOption {
      type = types.nullOr publicKey;
      default = null;
      description = ''
        Public nkey that the service logs in with. Its seed goes to
        {option}`services.cim-domain-person.credentials` as `NATS_NKEY_SEED_FILE`.
        `nk -gen user -pubout` makes both.
      '';
    };

    callerKeys = mkOption {
      type = types.listOf publicKey;
      default = [ ];
      description = ''
        Public nkeys of those who send commands. They get replies below `_INBOX_<public key>`, and
        nobody else does: set that as the client's inbox prefix. They have an account of their own.
      '';
    };

    operatorKeys = mkOption {
      type = types.listOf publicKey;
      default = [ ];
      description = ''
        Public nkeys of those who look into streams, back up and restore. They may do everything but
        write events.
      '';
    };
  };

  config = lib.mkIf cfg.nats.enable {
    services.nats = {
      enable = true;
      jetstream = true;
      settings = {
        host = lib.mkDefault "127.0.0.1";
        # By default the server acknowledges up to two minutes before it syncs.
        jetstream.sync_interval = "always";
        inherit accounts;
      };
    };

    services.cim-domain-person.settings.NATS_URL =
      lib.mkDefault "nats://127.0.0.1:${toString config.services.nats.port}";

    assertions = [
      {
        assertion = lib.versionAtLeast pkgs.nats-server.version "2.12";
        message = ''
          services.cim-domain-person.nats: this nixpkgs has nats-server ${pkgs.nats-server.version},
          which ignores the check that keeps two writers apart. Use a nixpkgs with 2.12 or newer, or
          an overlay that sets nats-server.
        '';
      }
      {
        assertion = cfg.nats.serviceKey != null;
        message = ''
          services.cim-domain-person.nats: set nats.serviceKey to the public key that the service
          logs in with; "nk -gen user -pubout" makes one, with its seed.
        '';
      }
      {
        assertion = cfg.enable -> logsIn;
        message = ''
          services.cim-domain-person.nats: the service has no key to log in with. Set
          services.cim-domain-person.credentials.NATS_NKEY_SEED_FILE to the path of a file with the
          seed of nats.serviceKey.
        '';
      }
    ];
  };
}
