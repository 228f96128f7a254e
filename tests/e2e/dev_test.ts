import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Checkout } from "../support/checkout.ts";
import { CommandClient } from "../support/command_client.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { until } from "../support/until.ts";

const READY = /person-service is ready at nats:\/\/127\.0\.0\.1:\d+/;

Deno.test("deno task dev: a second start finds yesterday's persons, and nothing is left running", async () => {
  await using checkout = await Checkout.copy();
  {
    await using dev = checkout.dev();
    await dev.printed(READY);
    assertStringIncludes(await checkout.send("CreatePerson"), "is now at version 1");
    assertEquals(await dev.pressCtrlC(), 0);
    assertEquals(await checkout.processes(), []);
  }
  await using dev = checkout.dev();
  await dev.printed(READY);
  assertStringIncludes(await checkout.send("UpdateName"), "is now at version 2");
  assertEquals(await dev.pressCtrlC(), 0);
  assertEquals(await checkout.processes(), []);
});

Deno.test("deno task dev: on Ctrl-C the service keeps its nats-server until it has stopped", async () => {
  await using checkout = await Checkout.copy();
  await using dev = checkout.dev();
  await dev.printed(READY);
  await dev.pressCtrlC();
  const [, afterCtrlC = ""] = dev.output.split("\nStopping\n");
  assertMatch(afterCtrlC, /: Stopped\n$/);
  assertEquals(afterCtrlC.match(/ (WARN|ERROR) .*/), null);
});

Deno.test("deno task dev: the service reloads when its source changes, be it to nonsense", async () => {
  await using checkout = await Checkout.copy();
  await using dev = checkout.dev();
  await dev.printed(READY);
  assertStringIncludes(await checkout.send("CreatePerson"), "is now at version 1");

  const source = await checkout.read("src/serve.ts");
  await checkout.write("src/serve.ts", "nonsense(");
  await dev.printed(/Reloading: src\/serve\.ts changed[^]*The service ended with status 1/);
  await checkout.write("src/serve.ts", source);
  await dev.printed(/The service ended with status 1[^]*Reloading[^]* Serving /);
  assertStringIncludes(await checkout.send("UpdateName"), "is now at version 2");
});

Deno.test("deno task dev: where it has another port than usual, operators' commands work on its server, too", async () => {
  using _taken = takeUsualPort();
  await using checkout = await Checkout.copy();
  await using dev = checkout.dev();
  await dev.printed(READY);
  await checkout.send("CreatePerson");
  assertStringIncludes(await checkout.service("setup", "--dry-run"), "is there, and safe");
  assertStringIncludes(await checkout.service("backup", "--dry-run", "backup"), "1 messages");
});

Deno.test("deno task dev: a second one in the same checkout names the first one's address", async () => {
  await using checkout = await Checkout.copy();
  await using first = checkout.dev();
  await first.printed(READY);
  const url = await checkout.read(".dev/nats-url");
  await using second = checkout.dev();
  assertEquals(await second.ended(), 1);
  const answer = `"deno task dev" is running in this checkout already, with NATS at ${url}\n`;
  assertStringIncludes(second.output, answer);
  assertStringIncludes(await checkout.send("CreatePerson"), "accepted");
});

Deno.test("deno task dev: what a killed one left running is ended by the next", async () => {
  await using checkout = await Checkout.copy();
  {
    await using dev = checkout.dev();
    await dev.printed(READY);
    assertStringIncludes(await checkout.send("CreatePerson"), "accepted");
    await dev.kill();
  }
  const orphans = await checkout.processes();
  assertEquals(orphans.length, 2);
  await using dev = checkout.dev();
  await dev.printed(READY);
  for (const orphan of orphans) {
    assertStringIncludes(dev.output, `Ending process ${Number.parseInt(orphan)}, left running`);
  }
  assertStringIncludes(await checkout.send("UpdateName"), "is now at version 2");
});

Deno.test("deno task dev: stops when the task runner is killed and can't pass that on", async () => {
  await using checkout = await Checkout.copy();
  await using dev = checkout.dev();
  await dev.printed(READY);
  dev.killTaskRunner();
  await until("nothing is left running", async () => (await checkout.processes()).length === 0);
});

Deno.test("deno task dev: works with the NATS that .env names, and leaves it running", async () => {
  await using server = await TestNatsServer.start();
  await using checkout = await Checkout.copy();
  await checkout.write(".env", `NATS_URL=${server.url}\nSUBJECT_PREFIX=people.test\n`);
  await using dev = checkout.dev();
  await dev.printed(new RegExp(`ready at ${server.url} `));
  assertStringIncludes(dev.output, "deno task send --env-file .env --example CreatePerson");
  assertStringIncludes(dev.output, "pub people.test.commands.test ");
  const reply = await checkout.send("CreatePerson", "--env-file", ".env");
  assertStringIncludes(reply, "is now at version 1");
  await dev.pressCtrlC();
  await using _client = await CommandClient.connect(server.url);
});

Deno.test("deno task dev: starts a nats-server where the one that .env names is away", async () => {
  await using checkout = await Checkout.copy();
  await checkout.write(".env", "NATS_URL=nats://bob:hunter2@127.0.0.1:1\n");
  await using dev = checkout.dev();
  await dev.printed(READY);
  assertStringIncludes(dev.output, "Nobody listens at nats://127.0.0.1:1 (NATS_URL)");
  assertStringIncludes(await checkout.send("CreatePerson"), "is now at version 1");
});

Deno.test("deno task dev: a wrong setting in .env is told and ends it with status 78", async () => {
  await using checkout = await Checkout.copy();
  await checkout.write(".env", "SNAPSHOT_FREQ=often\n");
  await using dev = checkout.dev();
  assertEquals(await dev.ended(), 78);
  assertStringIncludes(dev.output, '  SNAPSHOT_FREQ: found "often"');
});

/** Sees to it that nobody gets the port that `dev` would use; undefined where somebody has it already. */
function takeUsualPort(): Deno.TcpListener | undefined {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port: 4222 });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}
