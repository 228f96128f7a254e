import { assertEquals } from "@std/assert";
import { streamsBeside } from "../../src/nats/subjects.ts";
import { evaluate, nixTest } from "./nix_instantiate.ts";

type Permissions = { publish: Record<string, string[]>; subscribe: Record<string, string[]> };

const usersConf = await Deno.readTextFile(
  new URL("../../deployment/nats/users.conf", import.meta.url),
);

for (
  const { subjectPrefix, streamName } of [
    { subjectPrefix: "person", streamName: "PERSON_EVENTS" },
    { subjectPrefix: "people", streamName: "PEOPLE" },
  ]
) {
  nixTest(
    `NATS accounts: given prefix "${subjectPrefix}", when compared with users.conf as that says to change it, then the permissions are the same`,
    async () => {
      // What the sed command in that file does.
      const plain = usersIn(
        usersConf.replaceAll("PERSON_EVENTS", streamName)
          .replaceAll('"person.', `"${subjectPrefix}.`),
      );
      const [service, operator, client] = await usersOfNix(subjectPrefix, streamName);
      assertEquals(operator, plain.get("operator"));
      assertEquals(client, plain.get("client"));
      // Where Nix declares everything, nobody runs "setup" first.
      const making = [`KV_${streamName}_SNAPSHOTS`, streamName, ...streamsBeside(streamName)]
        .map((stream) => `$JS.API.STREAM.CREATE.${stream}`);
      const allowed = plain.get("service")?.publish["allow"] ?? [];
      assertEquals(service?.publish, { allow: [...allowed, ...making].sort() });
      assertEquals(service?.subscribe, plain.get("service")?.subscribe);
    },
  );
}

async function usersOfNix(subjectPrefix: string, streamName: string): Promise<Permissions[]> {
  const users = await evaluate(
    `let accounts = import ./deployment/nix/nats-accounts.nix {
    serviceKey = "service";
    callerKeys = [ "client" ];
    operatorKeys = [ "operator" ];
    subjectPrefix = "${subjectPrefix}";
    streamName = "${streamName}";
  };
  in map (user: user.permissions) (accounts.PERSONS.users ++ accounts.CALLERS.users)`,
  );
  return JSON.parse(JSON.stringify(users), (_, value) => {
    return Array.isArray(value) && typeof value[0] === "string" ? value.sort() : value;
  }).map(({ publish, subscribe }: Permissions) => ({ publish, subscribe }));
}

/** The permissions of each user of a nats-server configuration that is laid out as ours. */
function usersIn(configuration: string): Map<string, Permissions> {
  const [, ...users] = configuration.replaceAll(/^\s*#.*$/gm, "").split(/user: "/);
  return new Map(users.map((user) => {
    const [name = ""] = user.split('"');
    const of = (verb: string) => {
      const [, block = ""] = user.match(new RegExp(`${verb} \\{([^{}]*)\\}`)) ?? [];
      const lists = block.matchAll(/(allow|deny): \[([^\]]*)\]/g);
      return Object.fromEntries([...lists].map(([, kind = "", list = ""]) => [
        kind,
        [...list.matchAll(/"(.*)"/g)].map(([, subject = ""]) => subject).sort(),
      ]));
    };
    return [name, { publish: of("publish"), subscribe: of("subscribe") }];
  }));
}
