# The service's environment variables as typed options. Names, defaults and descriptions are those of
# src/config_settings.ts; tests/nix/settings_test.ts compares them.
{ lib }:
let
  inherit (lib) types;

  # Unset (null), so that the default is the service's own.
  setting =
    type: serviceDefault: description:
    lib.mkOption {
      type = types.nullOr type;
      default = null;
      defaultText = lib.literalMD serviceDefault;
      inherit description;
    };

  duration = types.strMatching "0|[0-9]+(ms|s|m|h|d)";
  size = types.either types.ints.unsigned (types.strMatching "[0-9]+(KiB|MiB|GiB)?");
in
{
  # Variables that name a file, which the service can read as a systemd credential only.
  files = [
    "NATS_CREDS_FILE"
    "NATS_NKEY_SEED_FILE"
    "NATS_TLS_CA"
    "NATS_TLS_CERT"
    "NATS_TLS_KEY"
  ];

  # Variables that may not stand in the Nix store, where everybody can read them.
  secrets = [
    "NATS_PASSWORD"
    "NATS_TOKEN"
  ];

  options = {
    NATS_URL =
      setting (types.either types.str (types.listOf types.str)) "nats://localhost:4222"
        "NATS servers, comma-separated; nats:// or tls://, with user:password@ or token@ if need be";
    STREAM_NAME =
      setting (types.strMatching "[A-Za-z0-9_-]{1,200}") "PERSON_EVENTS"
        "JetStream stream that holds the events";
    LOG_LEVEL = setting (types.enum [
      "trace"
      "debug"
      "info"
      "warn"
      "error"
    ]) "info" "Least level that is logged: trace, debug, info, warn or error";
    SNAPSHOT_FREQ =
      setting (types.ints.between 1 1000000) "100"
        "Events of a person between snapshots";
    SUBJECT_PREFIX =
      setting
        (types.strMatching "[^$.*>[:space:]][^.*>[:space:]]*(\\.[^.*>[:space:]]+)*")
        "person"
        "First part of every subject: <prefix>.commands.>, <prefix>.events.>";
    EVENT_MAX_AGE =
      setting duration "0"
        "Age at which events are deleted, and persons with them; 0 = never. Needs ALLOW_UNSAFE_STREAM";
    STREAM_REPLICAS =
      setting (types.ints.between 1 5) "1"
        "Copies of the stream; 3 for production";
    ALLOW_UNSAFE_STREAM =
      setting types.bool "false"
        "Serve on a stream that can lose events, with a warning instead of a refusal";
    DURABLE_COMMANDS =
      setting types.bool "false"
        "Also take commands from <prefix>.inbox.>, kept in JetStream until they are done";
    NATS_CREDS_FILE = setting types.str "" "Credentials file (JWT and seed) to log in with";
    NATS_USER = setting types.str "" "User to log in as, with NATS_PASSWORD";
    NATS_PASSWORD = setting types.str "" "Password of NATS_USER";
    NATS_TOKEN = setting types.str "" "Token to log in with";
    NATS_NKEY_SEED_FILE = setting types.str "" "File with the nkey seed to log in with";
    NATS_TLS_CA =
      setting types.str ""
        "CA certificates (PEM) to trust instead of the system's; demands TLS";
    NATS_TLS_CERT = setting types.str "" "Client certificate (PEM), with NATS_TLS_KEY; demands TLS";
    NATS_TLS_KEY = setting types.str "" "Key (PEM) of NATS_TLS_CERT";
    LOG_FORMAT = setting (types.enum [
      "json"
      "text"
    ]) "json under systemd, else text" "Log lines as JSON or to be read: json or text";
    COMMAND_TIMEOUT =
      setting duration "10s"
        "Time a command may take before the caller is told that its outcome is unknown";
    SHUTDOWN_TIMEOUT =
      setting duration "15s"
        "Time for finishing the commands in flight when asked to stop";
    MAX_IN_FLIGHT = setting (types.ints.between 1 100000) "256" "Commands worked on at once";
    MAX_QUEUED =
      setting (types.ints.between 1 1000000) "10000"
        "Commands waiting before Overloaded";
    CACHE_BYTES = setting size "128MiB" "Memory for loaded persons";
    MAX_CONFLICT_RETRIES =
      setting (types.ints.between 0 1000) "10"
        "Times a command is decided again after another writer was faster";
  };
}
