import { assertEquals } from "@std/assert";
import { SETTINGS } from "../../src/config_settings.ts";
import { evaluate, nixTest } from "./nix_instantiate.ts";

// Of nixpkgs no more than the declarations themselves: types are not looked at.
const KNOWN = `import ./deployment/nix/settings.nix {
  lib = { types = {}; literalMD = text: text; mkOption = option: option; };
}`;

nixTest(
  "Nix settings: given the service's variables, when compared, then names, defaults and descriptions are the same",
  async () => {
    const declared = await evaluate(
      `builtins.mapAttrs (_: o: [ o.defaultText o.description ]) (${KNOWN}).options`,
    );
    const expected = SETTINGS.map(({ name, default: byDefault, description }) => [
      name,
      [byDefault, description],
    ]);
    assertEquals(declared, Object.fromEntries(expected));
  },
);

nixTest(
  "Nix settings: given the service's secrets, when compared, then the same ones may not stand in the store",
  async () => {
    const secrets = SETTINGS.filter(({ secret }) => secret).map(({ name }) => name);
    assertEquals(await evaluate(`(${KNOWN}).secrets`), secrets);
  },
);

nixTest(
  "Nix settings: given the service's variables that name files, when compared, then the same ones are credentials",
  async () => {
    const files = SETTINGS.filter(({ name }) => /_FILE$|^NATS_TLS_/.test(name));
    assertEquals(await evaluate(`(${KNOWN}).files`), files.map(({ name }) => name));
  },
);
