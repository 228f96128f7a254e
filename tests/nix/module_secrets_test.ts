import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { evaluateModule } from "./evaluate_module.ts";
import { NixError, nixpkgsTest } from "./nix_instantiate.ts";

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
