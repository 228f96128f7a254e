import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { evaluateModule } from "./evaluate_module.ts";
import { NixError, nixpkgsTest } from "./nix_instantiate.ts";

nixpkgsTest("NixOS module: given nothing, when evaluated, then there is no service", async () => {
  const { units, nats, mistakes } = await evaluateModule("");
  assertEquals({ units, nats: nats.enable, mistakes }, { units: {}, nats: false, mistakes: [] });
});

nixpkgsTest(
  "NixOS module: given the one option, when evaluated, then the service runs with its own defaults",
  async () => {
    const { unit, mistakes, warnings } = await evaluateModule("person.enable = true;");
    assertEquals(
      unit.serviceConfig["ExecStart"],
      "/package/person-service/bin/person-service serve",
    );
    assertEquals(unit.serviceConfig["MemoryDenyWriteExecute"], true);
    assertEquals(unit.serviceConfig["EnvironmentFile"], "-/etc/cim-person/environment");
    assertEquals(unit.wantedBy, ["multi-user.target"]);
    assertEquals(unit.environment, { DURABLE_COMMANDS: "true" });
    assertEquals({ mistakes, warnings }, { mistakes: [], warnings: [] });
  },
);

nixpkgsTest(
  "NixOS module: given settings, when evaluated, then they are the unit's environment",
  async () => {
    const { unit, mistakes } = await evaluateModule(`
    person.enable = true;
    person.settings = {
      NATS_URL = [ "tls://a" "tls://b" ];
      STREAM_NAME = "PERSONS";
      SNAPSHOT_FREQ = 50;
      ALLOW_UNSAFE_STREAM = false;
      DURABLE_COMMANDS = false;
      CACHE_BYTES = "1GiB";
      LOG_LEVEL = null;
      OTEL_EXPORTER_OTLP_HEADERS = "x=a%20b";
    };
  `);
    assertEquals(unit.environment, {
      NATS_URL: "tls://a,tls://b",
      STREAM_NAME: "PERSONS",
      SNAPSHOT_FREQ: "50",
      ALLOW_UNSAFE_STREAM: "false",
      DURABLE_COMMANDS: "false",
      CACHE_BYTES: "1GiB",
      OTEL_EXPORTER_OTLP_HEADERS: "x=a%%20b",
    });
    assertEquals(mistakes, []);
  },
);

nixpkgsTest(
  "NixOS module: given values that the service would refuse, when evaluated, then each is refused",
  async () => {
    const wrong = {
      STREAM_NAME: '"a.b"',
      LOG_LEVEL: '"loud"',
      SNAPSHOT_FREQ: "0",
      SUBJECT_PREFIX: '"person.>"',
      EVENT_MAX_AGE: '"1 year"',
      STREAM_REPLICAS: "6",
      ALLOW_UNSAFE_STREAM: '"perhaps"',
      DURABLE_COMMANDS: '"maybe"',
      LOG_FORMAT: '"xml"',
      COMMAND_TIMEOUT: '"10 s"',
      SHUTDOWN_TIMEOUT: "15",
      MAX_IN_FLIGHT: "0",
      MAX_QUEUED: "0",
      CACHE_BYTES: '"1GB"',
      MAX_CONFLICT_RETRIES: "-1",
      ANYTHING: "{ }",
    };
    for (const [name, value] of Object.entries(wrong)) {
      const refused = evaluateModule(`person.enable = true; person.settings.${name} = ${value};`);
      await assertRejects(() => refused, NixError, `settings.${name}'`);
    }
  },
);

nixpkgsTest(
  "NixOS module: given the options of former versions, when evaluated, then they still count, with a warning each",
  async () => {
    const { unit, mistakes, warnings } = await evaluateModule(`
    person.enable = true;
    person.natsUrl = "nats://nats.example:4222";
    person.streamName = "PERSONS";
    person.logLevel = "debug";
    person.snapshotFrequency = 10;
  `);
    assertEquals(unit.environment, {
      DURABLE_COMMANDS: "true",
      NATS_URL: "nats://nats.example:4222",
      STREAM_NAME: "PERSONS",
      LOG_LEVEL: "debug",
      SNAPSHOT_FREQ: "10",
    });
    assertEquals(mistakes, []);
    assertEquals(warnings.length, 4);
    assertStringIncludes(
      warnings.join(),
      "renamed to `services.cim-domain-person.settings.NATS_URL'",
    );
  },
);

nixpkgsTest(
  "NixOS module: given directives of the operator's own, when evaluated, then those count",
  async () => {
    const { unit } = await evaluateModule(`
    person.enable = true;
    systemd.services.cim-domain-person.serviceConfig.MemoryMax = "4G";
  `);
    assertEquals(unit.serviceConfig["MemoryMax"], "4G");
  },
);

nixpkgsTest(
  "NixOS module: given a package with JIT, when memory may not be executable, then it is refused with what to do",
  async () => {
    const withJit = 'person.enable = true; person.package = packageNamed "person-service-jit";';
    const refused = await evaluateModule(withJit);
    assertEquals(refused.mistakes.length, 1);
    assertStringIncludes(refused.mistakes.join(), "set memoryDenyWriteExecute = false");
    const allowed = await evaluateModule(`${withJit} person.memoryDenyWriteExecute = false;`);
    assertEquals(allowed.mistakes, []);
    assertEquals(allowed.unit.serviceConfig["MemoryDenyWriteExecute"], false);
  },
);
