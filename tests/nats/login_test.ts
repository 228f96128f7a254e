import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AuthorizationError, connect as connectOnce, nkeys } from "@nats-io/transport-node";
import { ConfigError, loadConfig } from "../../src/config.ts";
import { connect, connectionOptions } from "../../src/nats/connect.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestOperator } from "../support/operator.ts";
import { TestFile } from "../support/test_file.ts";

/** Would be found in any log or error that shows a secret. */
const WRONG = "wr0ng-s3cret";

Deno.test("Login: given a user and a password, when right, then NATS lets in; when wrong, it does not", async () => {
  await using server = await TestNatsServer.start({
    config: 'authorization { user: me, password: "p@ss" }',
  });
  await assertLetsIn({ NATS_URL: server.url, NATS_USER: "me", NATS_PASSWORD: "p@ss" });
  await assertLetsIn({ NATS_URL: `nats://me:p%40ss@127.0.0.1:${server.port}` });
  await assertRefuses({ NATS_URL: server.url, NATS_USER: "me", NATS_PASSWORD: WRONG });
  await assertRefuses({ NATS_URL: `nats://me:${WRONG}@127.0.0.1:${server.port}` });
  await assertRefuses({ NATS_URL: server.url });
});

Deno.test("Login: given a token, when right, then NATS lets in; when wrong, it does not", async () => {
  await using server = await TestNatsServer.start({ config: 'authorization { token: "t0ken" }' });
  await assertLetsIn({ NATS_URL: server.url, NATS_TOKEN: "t0ken" });
  await assertLetsIn({ NATS_URL: `nats://t0ken@127.0.0.1:${server.port}` });
  await assertRefuses({ NATS_URL: server.url, NATS_TOKEN: WRONG });
});

Deno.test("Login: given an nkey seed, when NATS knows the key, then it lets in; else it does not", async () => {
  const [known, unknown] = [nkeys.createUser(), nkeys.createUser()];
  await using server = await TestNatsServer.start({
    config: `authorization { users: [{ nkey: ${known.getPublicKey()} }] }`,
  });
  const seedOf = (key: typeof known) => new TextDecoder().decode(key.getSeed());
  // As "nk -gen user -pubout" prints it.
  await using file = await TestFile.create(`${seedOf(known)}\n${known.getPublicKey()}\n`);
  const env = { NATS_URL: server.url, NATS_NKEY_SEED_FILE: file.path };
  await assertLetsIn(env);
  await file.write(seedOf(unknown));
  await assertRefuses(env);
});

Deno.test("Login: given a credentials file, when of the server's operator, then it lets in; else it does not", async () => {
  const operator = new TestOperator();
  await using server = await TestNatsServer.start({ config: operator.serverConfig });
  await using file = await TestFile.create(operator.issueCredentials());
  const env = { NATS_URL: server.url, NATS_CREDS_FILE: file.path };
  await assertLetsIn(env);
  await file.write(new TestOperator().issueCredentials());
  await assertRefuses(env);
});

Deno.test("Login: given files that hold something else, when connecting, then the setting is named", async () => {
  await using file = await TestFile.create(`seed ${WRONG}`);
  for (const variable of ["NATS_CREDS_FILE", "NATS_NKEY_SEED_FILE"]) {
    const config = loadConfig({ [variable]: file.path });
    const error = await assertRejects(() => connect(config, "test"), ConfigError);
    assertStringIncludes(error.message, `${variable}: found "${file.path}" without usable content`);
    assertEquals(error.message.includes(WRONG), false);
  }
});

async function assertLetsIn(env: Record<string, string>): Promise<void> {
  // Not the connect() under test elsewhere, which would try for ever.
  await using nc = await connectOnce(await connectionOptions(loadConfig(env), "test"));
  await nc.flush();
}

async function assertRefuses(env: Record<string, string>): Promise<void> {
  const config = loadConfig(env);
  const error = await assertRejects(
    async () => await connectOnce(await connectionOptions(config, "test")),
    AuthorizationError,
  );
  assertEquals(error.message.includes(WRONG), false);
}
