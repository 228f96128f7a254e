import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { AuthorizationError, connect as connectOnce } from "@nats-io/transport-node";
import { loadConfig } from "../../src/config.ts";
import { connect, connectionOptions } from "../../src/nats/connect.ts";
import { CapturedLog } from "../support/captured_log.ts";
import { freePort, TestNatsServer } from "../support/nats_server.ts";
import { TestOperator } from "../support/operator.ts";
import { TestFile } from "../support/test_file.ts";

/** Would be found in any log or error that shows a secret. */
const WRONG = "wr0ng-s3cret";

/** A login that may use one subject. */
const RESTRICTED = `authorization {
  users: [{ user: me, password: p, permissions: { publish: allowed, subscribe: allowed } }]
}`;

Deno.test("Connect: given a wrong login at the start, when NATS comes to accept it, then it connects", async () => {
  const log = new CapturedLog();
  await using server = await TestNatsServer.start({ config: "authorization { token: other }" });
  const connecting = connect(loadConfig({ NATS_URL: server.url, NATS_TOKEN: WRONG }), "test");
  const [first] = await log.waitFor("refused the login: check the token in NATS_TOKEN", 3);
  assertEquals([first?.level, first?.connection], ["error", "test"]);
  await server.restart(`authorization { token: "${WRONG}" }`);
  await using nc = await connecting;
  await nc.flush();
  assertEquals(log.text.includes(WRONG), false);
});

Deno.test("Connect: given a login that is refused later, when it is accepted again, then it is back", async () => {
  const log = new CapturedLog();
  const right = 'authorization { user: me, password: "right" }';
  await using server = await TestNatsServer.start({ config: right });
  const env = { NATS_URL: server.url, NATS_USER: "me", NATS_PASSWORD: "right" };
  await using nc = await connect(loadConfig(env), "test");
  await server.restart('authorization { user: me, password: "changed" }');
  // By default the client gives up after the second refusal.
  await log.waitFor('refused the login: check user "me"', 3);
  await server.restart(right);
  await log.waitFor("Back at NATS");
  await nc.flush();
});

Deno.test("Connect: given renewed credentials, when NATS refuses the old ones, then the new ones are used", async () => {
  const log = new CapturedLog();
  const [first, second] = [new TestOperator(), new TestOperator()];
  await using server = await TestNatsServer.start({ config: first.serverConfig });
  await using file = await TestFile.create(first.issueCredentials());
  const env = { NATS_URL: server.url, NATS_CREDS_FILE: file.path };
  await using nc = await connect(loadConfig(env), "test");
  await server.restart(second.serverConfig);
  await log.waitFor("refused the login");
  // A half-written file must not end the connection for good either.
  await file.write("");
  await log.waitFor("Cannot log in to NATS");
  await file.write(second.issueCredentials());
  await log.waitFor("Back at NATS");
  await nc.flush();
});

Deno.test("Connect: given NATS is away at the start, when it comes, then it connects", async () => {
  const log = new CapturedLog();
  const port = freePort();
  const connecting = connect(loadConfig({ NATS_URL: `nats://127.0.0.1:${port}` }), "test");
  await log.waitFor("Cannot connect to NATS at", 2);
  await using _server = await TestNatsServer.start({ port });
  await using nc = await connecting;
  await nc.flush();
});

Deno.test("Connect: given NATS crashes, when it runs again, then the connection is back by itself", async () => {
  const log = new CapturedLog();
  await using server = await TestNatsServer.start();
  await using nc = await connect(loadConfig({ NATS_URL: server.url }), "test");
  await server.kill();
  await log.waitFor("Lost NATS");
  await server.restart();
  await log.waitFor("Back at NATS");
  await nc.flush();
});

Deno.test("Connect: given a server frozen with megabytes on their way, when pings stay unanswered, then the connection is given up", async () => {
  const log = new CapturedLog();
  await using server = await TestNatsServer.start();
  const nc = await connect(loadConfig({ NATS_URL: server.url }), "test");
  server.freeze();
  const startedMs = performance.now();
  // More than the sockets' buffers take, so that the client still has some of it to send.
  for (let sent = 0; sent < 80; sent++) nc.publish("anything", new Uint8Array(256 * 1024));
  await log.waitFor("Lost NATS");
  const tookMs = performance.now() - startedMs;
  assertEquals(tookMs < 15_000, true, `it took ${tookMs} ms`);
  await nc.close();
});

Deno.test("Connect: given many refused logins, when their connections are reset, then the process lives", async () => {
  await using server = await TestNatsServer.start({ config: "authorization { token: right }" });
  const options = await connectionOptions(
    loadConfig({ NATS_URL: server.url, NATS_TOKEN: WRONG }),
    "test",
  );
  for (let refused = 0; refused < 100; refused++) {
    await assertRejects(() => connectOnce(options), AuthorizationError);
  }
});

Deno.test("Connect: given a subject the login may not use, when it is used, then the log names it", async () => {
  const log = new CapturedLog();
  await using server = await TestNatsServer.start({ config: RESTRICTED });
  const config = loadConfig({ NATS_URL: server.url, NATS_USER: "me", NATS_PASSWORD: "p" });
  await using nc = await connect(config, "test");
  nc.publish("person.events.x");
  nc.subscribe("person.y", { callback: () => {} });
  await log.waitFor("NATS does not let this login publish to person.events.x: allow it");
  await log.waitFor("NATS does not let this login subscribe to person.y");
});

Deno.test("Connect: given replies that the server does not let out, when there are many, then one line counts them, and does not say to allow their subjects", async () => {
  const log = new CapturedLog();
  await using server = await TestNatsServer.start({ config: RESTRICTED });
  const config = loadConfig({ NATS_URL: server.url, NATS_USER: "me", NATS_PASSWORD: "p" });
  await using nc = await connect(config, "test");
  for (let n = 1; n <= 20; n++) nc.publish(`_INBOX_client.f.${n}`);
  nc.publish("person.events.x");
  await log.waitFor("NATS does not let this login publish to person.events.x");
  const [line] = await log.waitFor("_INBOX_client");
  assertEquals(log.text.match(/did not let out/g)?.length, 1);
  assertMatch(line?.message ?? "", /^NATS did not let out a reply to _INBOX_client\.f\.1 /);
  assertEquals(line?.message.includes("allow it"), false);
});

Deno.test("Connect: given outcomes that the server does not let out, when a caller chose their subject, then a warning says that nothing is lost, and no error anything", async () => {
  const log = new CapturedLog();
  await using server = await TestNatsServer.start({ config: RESTRICTED });
  const config = loadConfig({ NATS_URL: server.url, NATS_USER: "me", NATS_PASSWORD: "p" });
  await using nc = await connect(config, "test", "outcomes");
  for (let n = 1; n <= 20; n++) nc.publish(`foo.bar.${n}`);
  const [line] = await log.waitFor("foo.bar");
  assertEquals([line?.level, line?.message], [
    "warn",
    "NATS did not let out the outcome of a durable command to foo.bar.1, which its header Reply-To names (0 others since this was last said): the login may not publish there. The outcome is kept on person.outcomes.> all the same; allow the subject in the account if callers are to name it",
  ]);
  nc.publish("person.events.x");
  await log.waitFor("NATS does not let this login publish to person.events.x");
  assertEquals(log.text.match(/did not let out/g)?.length, 1);
});
