import { assertEquals, assertStringIncludes } from "@std/assert";
import { connect, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";
import { createPerson } from "../support/command_client.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";
import { TestFile } from "../support/test_file.ts";
import { evaluateModule } from "./evaluate_module.ts";
import { nixpkgsTest } from "./nix_instantiate.ts";

const service = nkeys.createUser();
const caller = nkeys.createUser();

const WITH_NATS = `
  person.nats.enable = true;
  person.nats.serviceKey = "${service.getPublicKey()}";
  person.nats.callerKeys = [ "${caller.getPublicKey()}" ];
`;
const WITH_SERVICE = `
  person.enable = true;
  person.credentials.NATS_NKEY_SEED_FILE = "/etc/person.nk";
`;

nixpkgsTest(
  "NixOS module, nats: given the service beside it, when evaluated, then the service dials it",
  async () => {
    const { unit, nats, mistakes } = await evaluateModule(
      `${WITH_NATS} ${WITH_SERVICE} services.nats.port = 4333;`,
    );
    assertEquals(mistakes, []);
    assertEquals(unit.environment, {
      DURABLE_COMMANDS: "true",
      NATS_URL: "nats://127.0.0.1:4333",
      NATS_NKEY_SEED_FILE: "NATS_NKEY_SEED_FILE",
    });
    assertEquals({ enable: nats.enable, jetstream: nats.jetstream }, {
      enable: true,
      jetstream: true,
    });
    assertEquals(nats.settings["host"], "127.0.0.1");
    assertEquals(nats.settings["jetstream"], { sync_interval: "always" });
  },
);

nixpkgsTest(
  "NixOS module, nats: given the service elsewhere, when evaluated, then there is NATS alone",
  async () => {
    const { units, nats, mistakes } = await evaluateModule(
      `${WITH_NATS} services.nats.settings.host = "0.0.0.0";`,
    );
    assertEquals({ units, mistakes }, { units: {}, mistakes: [] });
    assertEquals(nats.settings["host"], "0.0.0.0");
  },
);

nixpkgsTest(
  "NixOS module, nats: given what can't work, when evaluated, then it is refused with what to do",
  async () => {
    const wrong = {
      'set nats.serviceKey to the public key that the service\nlogs in with; "nk -gen user -pubout"':
        `person.nats.enable = true; ${WITH_SERVICE}`,
      "Set\nservices.cim-domain-person.credentials.NATS_NKEY_SEED_FILE to the path":
        `${WITH_NATS} person.enable = true;`,
      "has nats-server 2.11.9,": `${WITH_NATS} natsServerVersion = "2.11.9";`,
    };
    for (const [message, configuration] of Object.entries(wrong)) {
      const { mistakes } = await evaluateModule(configuration);
      assertEquals(mistakes.length, 1);
      assertStringIncludes(mistakes.join(), message);
    }
  },
);

nixpkgsTest(
  "NixOS module, nats: given its configuration, when a real nats-server runs with it, then the service answers a caller",
  async () => {
    const { unit, nats } = await evaluateModule(
      `${WITH_NATS} ${WITH_SERVICE} person.settings.SUBJECT_PREFIX = "person.prod";`,
    );
    // The test's server has an address, a port and a store of its own.
    const { host: _host, ...settings } = nats.settings;
    const config = Object.entries(settings).map(([name, value]) =>
      `${name}: ${JSON.stringify(value)}`
    );
    await using server = await TestNatsServer.start({ config: config.join("\n") });
    await using seed = await TestFile.create(new TextDecoder().decode(service.getSeed()));
    await using _service = await TestService.start({
      ...unit.environment,
      NATS_URL: server.url,
      NATS_NKEY_SEED_FILE: seed.path,
    });
    await using nc = await connect({
      servers: `127.0.0.1:${server.port}`,
      authenticator: nkeyAuthenticator(caller.getSeed()),
      inboxPrefix: `_INBOX_${caller.getPublicKey()}`,
    });
    const command = JSON.stringify(createPerson(crypto.randomUUID()));
    const reply = await nc.request("person.prod.commands.x", command, { timeout: 15_000 });
    assertEquals(reply.json<{ version?: number }>().version, 1);
  },
);
