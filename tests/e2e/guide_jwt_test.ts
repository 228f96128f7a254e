/** The deployment guide's logins by JWT, with what nsc would make made here. */
import { assertMatch } from "@std/assert";
import { blocksOf } from "../support/documents.ts";
import { GuideHost } from "../support/guide_host.ts";
import { TestOperator, type UserPermissions } from "../support/operator.ts";

Deno.test("the guide's logins by JWT: the permissions that it names are enough for the service", async () => {
  await using host = await GuideHost.start();
  const operator = new TestOperator();
  const files = {
    "nats.conf": `listen: "192.0.2.1:4222"\njetstream { store_dir: data }\ninclude "resolver.conf"`,
    "resolver.conf": operator.resolverConfig,
    "service.creds": operator.issueCredentials(permissionsOfTheGuide()),
    "operator.creds": operator.issueCredentials(),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${host.folder}/${name}`, host.here(text));
  }
  await host.startNats(1, ["-c", "nats.conf"]);
  assertMatch(await host.runBlocks("jwt"), /(?:was made[^]*){5}at version 1 /);
});

/** Of the service, as the options of nsc name them. */
function permissionsOfTheGuide(): UserPermissions {
  const text = blocksOf("deployment/README.md").find(({ mark }) => mark === "untried=nsc")?.text;
  const subjects = (option: string) =>
    [...(text ?? "").matchAll(new RegExp(`--${option} '([^']+)'`, "g"))]
      .flatMap(([, list = ""]) => list.split(","));
  return {
    pub: { allow: subjects("allow-pub") },
    sub: { allow: subjects("allow-sub") },
    // What --allow-pub-response stands for.
    resp: { max: 1, ttl: 0 },
  };
}
