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
  "NixOS module: given an environment file, when evaluated, then it must be there, and outside of the store",
  async () => {
    const { unit } = await evaluateModule(
      'person.enable = true; person.environmentFile = "/run/secrets/env";',
    );
    assertEquals(unit.serviceConfig["EnvironmentFile"], "/run/secrets/env");
    const inStore = evaluateModule("person.enable = true; person.environmentFile = ./deno.json;");
    await assertRejects(() => inStore, NixError, "environmentFile");
  },
);

nixpkgsTest(
  "NixOS module: given credentials, when evaluated, then systemd loads them and the settings name them",
  async () => {
    const { unit, mistakes } = await evaluateModule(`
    person.enable = true;
    person.credentials.NATS_CREDS_FILE = "/run/secrets/creds";
    person.credentials.NATS_TLS_CA = "/etc/ssl/nats.pem";
  `);
    assertEquals(unit.serviceConfig["LoadCredential"], [
      "NATS_CREDS_FILE:/run/secrets/creds",
      "NATS_TLS_CA:/etc/ssl/nats.pem",
    ]);
    assertEquals(unit.environment, {
      DURABLE_COMMANDS: "true",
      NATS_CREDS_FILE: "NATS_CREDS_FILE",
      NATS_TLS_CA: "NATS_TLS_CA",
    });
    assertEquals(mistakes, []);
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

nixpkgsTest(
  "NixOS module: given secrets in the settings, when evaluated, then they are refused without being shown",
  async () => {
    const wrong = {
      NATS_PASSWORD: '"hunter2"',
      NATS_TOKEN: '"hunter2"',
      NATS_URL: '[ "nats://a" "nats://me:hunter2@b" ]',
    };
    for (const [name, value] of Object.entries(wrong)) {
      const { mistakes } = await evaluateModule(
        `person.enable = true; person.settings.${name} = ${value};`,
      );
      assertEquals(mistakes.length, 1);
      assertStringIncludes(mistakes.join(), `settings: ${name} would be`);
      assertStringIncludes(mistakes.join(), "services.cim-domain-person.environmentFile");
      assertEquals(mistakes.join().includes("hunter2"), false);
    }
  },
);

nixpkgsTest(
  "NixOS module: given credentials that no setting takes, or that settings name as well, when evaluated, then they are refused",
  async () => {
    const unknown = await evaluateModule(
      'person.enable = true; person.credentials.NATS_PASSWORD = "/run/secrets/password";',
    );
    assertEquals(unknown.mistakes.length, 1);
    assertStringIncludes(
      unknown.mistakes.join(),
      "NATS_PASSWORD takes a file; there is NATS_CREDS_FILE",
    );
    const twice = await evaluateModule(`
    person.enable = true;
    person.credentials.NATS_TLS_CA = "/etc/ssl/nats.pem";
    person.settings.NATS_TLS_CA = "/etc/ssl/other.pem";
  `);
    assertEquals(twice.mistakes.length, 1);
    assertStringIncludes(
      twice.mistakes.join(),
      "NATS_TLS_CA stands in settings and in credentials",
    );
  },
);
