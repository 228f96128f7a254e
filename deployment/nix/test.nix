# Two machines, for testers.runNixOSTest of nixpkgs: the service, and NATS with its users. Runs only
# where nixpkgs and its binary cache are there, and KVM helps:
#
#   nix flake check
#   nix-build --expr '(import <nixpkgs> { }).testers.runNixOSTest ./deployment/nix/test.nix'
{ lib, ... }:
let
  # Made of thirty-two equal bytes each, so of no use anywhere else.
  service = {
    seed = "SUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEQ";
    public = "UA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCTYM5";
  };
  operator = {
    seed = "SUAACAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAN7EY";
    public = "UCFIRY65OQE7DFP5KLNS2PF2LVZMUZYJX4OZIEQ36N2IQANUB5XVZ45L";
  };

  secret = text: {
    inherit text;
    mode = "0400";
  };
in
{
  name = "cim-domain-person";

  defaults.imports = [ ./module.nix ];

  nodes.nats = {
    services.cim-domain-person.nats = {
      enable = true;
      serviceKey = service.public;
      operatorKeys = [ operator.public ];
    };
    services.nats.settings.host = "0.0.0.0";
    networking.firewall.allowedTCPPorts = [ 4222 ];
  };

  nodes.service =
    { config, ... }:
    {
      services.cim-domain-person = {
        enable = true;
        settings.NATS_URL = "nats://nats:4222";
        credentials.NATS_NKEY_SEED_FILE = "/etc/person-service.nk";
      };
      environment.etc = lib.mapAttrs (_: secret) {
        "person-service.nk" = service.seed;
        "operator.nk" = operator.seed;
      };
      environment.systemPackages = [ config.services.cim-domain-person.package ];
    };

  testScript = ''
    import json

    UNIT = "cim-domain-person.service"
    SEND = (
        "NATS_URL=nats://nats:4222 NATS_NKEY_SEED_FILE=/etc/operator.nk "
        "person-service send --json --example "
    )


    def send(example):
        return json.loads(service.succeed(SEND + example))


    def main_pid():
        return service.succeed(f"systemctl show --property MainPID --value {UNIT}").strip()


    start_all()
    nats.wait_for_unit("nats.service")
    nats.wait_for_open_port(4222)
    service.wait_for_unit(UNIT)

    with subtest("A command is answered, and its event stored"):
        assert send("CreatePerson")["version"] == 1
        assert send("UpdateName")["version"] == 2

    with subtest("Nobody without a key is let in"):
        service.fail(
            "NATS_URL=nats://nats:4222 person-service send --timeout 5s --example SetBirthDate"
        )

    with subtest("The unit gives the service next to nothing"):
        service.succeed(f"systemd-analyze security --threshold=10 {UNIT}")

    with subtest("After a crash it comes back, and knows the person"):
        crashed = main_pid()
        service.succeed(f"systemctl kill --signal=SIGKILL {UNIT}")
        service.wait_until_succeeds(
            f"systemctl is-active {UNIT} && "
            f"test $(systemctl show --property MainPID --value {UNIT}) -ne {crashed}"
        )
        assert send("SetBirthDate")["version"] == 3

    with subtest("With NATS away it stays, and goes on when NATS is back"):
        running = main_pid()
        nats.succeed("systemctl stop nats.service")
        service.sleep(15)
        nats.succeed("systemctl start nats.service")
        # Tried again with another id, the command may have been stored more than once.
        service.wait_until_succeeds(SEND + "RecordAttribute")
        version = send("UpdateAttribute")["version"]
        assert main_pid() == running

    with subtest("After a reboot it is there"):
        service.shutdown()
        service.start()
        service.wait_for_unit(UNIT)
        assert send("UpdateName")["version"] == version + 1
  '';
}
