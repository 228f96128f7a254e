/** The program as a whole, in tiny rounds: what it finds is of no interest, only that it finds all of it. */
import { assertEquals, assertMatch } from "@std/assert";
import { CommandClient } from "../support/command_client.ts";
import { readMessages } from "../support/stream_messages.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";
import { Results } from "./results.ts";

async function bench(
  ...args: string[]
): Promise<{ code: number; stderr: string; found?: Results }> {
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${import.meta.dirname}/main.ts`, ...args, "--json", `${folder}/found`],
      stdin: "null",
    }).output();
    const said = { code, stderr: new TextDecoder().decode(stderr) };
    const kept = await Deno.readTextFile(`${folder}/found`).catch(() => undefined);
    return kept === undefined ? said : { ...said, found: Results.parse(JSON.parse(kept)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("bench: given one load, when measured, then service, bare loop and raw publishes are compared", async () => {
  const { code, stderr, found } = await bench(
    ..."--only commands,profile --shape cached,hot --in-flight 4 --instances 2".split(" "),
    ..."--rounds 2 --seconds 0.1".split(" "),
  );
  assertEquals(code, 0, stderr);
  const [cached, hot] = found?.commands ?? [];
  const shapes = [cached?.shape, hot?.shape];
  const rates = [cached?.service, cached?.bare, cached?.raw, cached?.toBare, hot?.toRaw]
    .map((figures) => figures?.perSecond.median ?? 0);
  assertEquals({ shapes, missing: rates.filter((rate) => !(rate > 0)) }, {
    shapes: ["cached", "hot"],
    missing: [],
  });
  assertEquals(found?.profile?.functions.length, 10);
});

Deno.test("bench soak: given a second, when run, then it has twenty windows at half the maximum rate", async () => {
  const { stderr, found } = await bench("soak", "--minutes", "0.02");
  assertEquals(found?.soak?.windows.length, 20, stderr);
  const { maxPerSecond = 0, wantedPerSecond } = found?.soak ?? {};
  assertEquals(wantedPerSecond, Math.floor(maxPerSecond / 2));
});

Deno.test("bench --url: given a deployment, when nobody said yes, then nothing is stored; else its persons are archived at the end", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url, SUBJECT_PREFIX: "person.test" };
  await using _service = await TestService.start(settings);
  const where = ["--url", server.url, "--prefix", "person.test", "--in-flight", "2,3"];
  const rounds = ["--rounds", "1", "--seconds", "0.1"];
  const asked = await bench(...where, ...rounds);
  assertEquals(asked.code, 2);
  assertMatch(asked.stderr, /3 persons named "bench-\.\.\. Throw-Away"[^]*Nothing was sent/);
  await using client = await CommandClient.connect(server.url);
  assertEquals(await readMessages(client.nc), []);

  const { code, stderr, found } = await bench(...where, ...rounds, "--yes");
  assertEquals(code, 0, stderr);
  assertEquals(found?.deployment?.map(({ inFlight }) => inFlight), [2, 3]);
  const kinds = (await readMessages(client.nc)).map(({ subject }) => subject.split(".").at(-1));
  const count = (kind: string) => kinds.filter((each) => each === kind).length;
  assertEquals([count("created"), count("archived")], [3, 3]);
});

Deno.test("bench --url: given a server without the service, when measured, then it says so", async () => {
  await using server = await TestNatsServer.start();
  const { code, stderr } = await bench("--url", server.url, "--yes");
  assertEquals(code, 2);
  assertMatch(stderr, /No person-service is listening on "person\.commands\.>"/);
});
