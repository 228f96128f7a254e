/** The program as a whole, in tiny rounds: what it finds is of no interest, only that it finds all of it. */
import { assertEquals, assertMatch } from "@std/assert";
import { CommandClient } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { readMessages } from "../support/stream_messages.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { NatsWithLogins } from "../support/nats_with_logins.ts";
import { TestService } from "../support/service_process.ts";
import { Results } from "./results.ts";

const TINY = ["--in-flight", "3", "--rounds", "1", "--seconds", "0.1"];

type Run = { code: number; stderr: string; found?: Results };

async function bench(args: string[], env: Record<string, string> = {}): Promise<Run> {
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${import.meta.dirname}/main.ts`, ...args, "--json", `${folder}/found`],
      env,
      stdin: "null",
    }).output();
    const said = { code, stderr: new TextDecoder().decode(stderr) };
    const kept = await Deno.readTextFile(`${folder}/found`).catch(() => "");
    return kept === "" ? said : { ...said, found: Results.parse(JSON.parse(kept)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("bench: given one load, when measured, then the service, the loops that decide nothing and raw publishes are compared", async () => {
  const { code, stderr, found } = await bench(
    ["--only", "commands,profile", "--shape", "cached,create", ...TINY],
  );
  assertEquals(code, 0, stderr);
  const [cached, create] = found?.commands ?? [];
  const shapes = [cached?.shape, create?.shape];
  const { service, bare, plain, batches, raw, toBare, toPlain, batchesToBare } = cached ?? {};
  const figures = [service, bare, plain, batches, raw, toBare, toPlain, batchesToBare];
  const rates = [...figures, create?.toRaw]
    .map((figures) => figures?.perSecond.median ?? 0);
  assertEquals({ shapes, missing: rates.filter((rate) => !(rate > 0)) }, {
    shapes: ["cached", "create"],
    missing: [],
  });
  assertEquals(found?.profile?.functions.length, 10);
});

Deno.test("bench: given two instances, when measured, then there are no plain loops and bare batches, which would refuse each other's", async () => {
  const { code, stderr, found } = await bench(
    ["--only", "commands", "--shape", "hot", "--instances", "2", ...TINY],
  );
  assertEquals(code, 0, stderr);
  const [hot] = found?.commands ?? [];
  assertEquals(
    [hot?.service.perSecond.median !== 0, hot?.plain, hot?.batches],
    [true, undefined, undefined],
  );
});

Deno.test("bench soak: given two seconds, when run, then it has twenty windows at half the maximum rate", async () => {
  const { stderr, found } = await bench(["soak", "--minutes", "0.03"]);
  assertEquals(found?.soak?.windows.length, 20, stderr);
  const { maxPerSecond = 0, wantedPerSecond } = found?.soak ?? {};
  assertEquals(wantedPerSecond, Math.floor(maxPerSecond / 2));
});

Deno.test("bench --url: given a deployment, when nobody said yes, then nothing is stored; else its persons are archived at the end", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url, SUBJECT_PREFIX: "person.test" };
  await using _service = await TestService.start(settings);
  const args = ["--url", server.url, "--prefix", "person.test", ...TINY];
  const asked = await bench(args);
  assertEquals(asked.code, 2);
  assertMatch(asked.stderr, /3 persons named "bench-\.\.\. Throw-Away"[^]*Nothing was sent/);
  await using client = await CommandClient.connect(server.url);
  assertEquals(await readMessages(client.nc), []);

  const { code, stderr, found } = await bench([...args, "--yes"]);
  assertEquals(code, 0, stderr);
  assertEquals(found?.deployment?.map(({ inFlight }) => inFlight), [3]);
  const kinds = (await readMessages(client.nc)).map(({ subject }) => subject.split(".").at(-1));
  const count = (kind: string) => kinds.filter((each) => each === kind).length;
  assertEquals([count("created"), count("archived")], [3, 3]);
});

Deno.test("bench --url: given the login of a caller and nothing more, when it measures, then it may do all that it needs", async () => {
  await using nats = await NatsWithLogins.start();
  await personService(["setup"], nats.settingsOf("operator"));
  await nats.startService();
  const { NATS_URL = "", ...login } = nats.settingsOf("client");
  const { code, stderr, found } = await bench(
    ["--url", NATS_URL, "--inbox-prefix", "_INBOX_client", "--yes", ...TINY],
    login,
  );
  assertEquals(
    { code, violations: await nats.violations("client") },
    { code: 0, violations: [] },
    stderr,
  );
  assertEquals(found?.deployment?.length, 1);
});

Deno.test("bench --url: given a server without the service, when measured, then it says so", async () => {
  await using server = await TestNatsServer.start();
  const { code, stderr } = await bench(["--url", server.url, "--yes"]);
  assertEquals(code, 2);
  assertMatch(stderr, /No person-service is listening on "person\.commands\.>"/);
});
