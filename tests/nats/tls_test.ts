import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { connect as connectOnce } from "@nats-io/transport-node";
import { connectOnce as connectAsOperator } from "../../src/cli/connect_once.ts";
import { loadConfig } from "../../src/config.ts";
import { connect, connectionOptions } from "../../src/nats/connect.ts";
import { logFailure } from "../../src/nats/connection_status.ts";
import { CapturedLog } from "../support/captured_log.ts";
import { type Certificate, TestAuthority } from "../support/certificates.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { until } from "../support/until.ts";

Deno.test("TLS: given an authority of one's own, when named, then its server is trusted; else it is not", async () => {
  await using authority = await TestAuthority.create();
  await using server = await startWith(await authority.issue("server", ["DNS:localhost"]));
  const NATS_URL = `tls://localhost:${server.port}`;
  await assertConnects({ NATS_URL, NATS_TLS_CA: authority.caFile });
  assertStringIncludes(await refusalOf({ NATS_URL }), "unable to verify");
});

Deno.test("TLS: given an authority that is not known, when dialled, then the refusal says what to set, to the service and to an operator's command", async () => {
  await using authority = await TestAuthority.create();
  await using another = await TestAuthority.create();
  await using server = await startWith(await authority.issue("server", ["DNS:localhost"]));
  const NATS_URL = `tls://localhost:${server.port}`;
  const cases: [settings: Record<string, string>, advice: string][] = [
    [{}, "set NATS_TLS_CA to the certificate (PEM) of the authority that signed the server's"],
    [
      { NATS_TLS_CA: another.caFile },
      `"${another.caFile}" (NATS_TLS_CA) is not of the authority that signed the server's`,
    ],
  ];
  for (const [settings, advice] of cases) {
    const env = { NATS_URL, ...settings };
    const config = loadConfig(env);
    const said = `Cannot connect to NATS at localhost:${server.port}: ` +
      `unable to verify the first certificate; ${advice}`;
    const error = await assertRejects(() => connectAsOperator(config, "test", 5_000), Error);
    assertEquals(error.message, said);
    const log = new CapturedLog();
    logFailure(await errorOf(env), config, "test");
    assertStringIncludes(log.text, JSON.stringify(said));
  }
});

Deno.test("TLS: given a certificate for another host, when dialled, then it is refused", async () => {
  await using authority = await TestAuthority.create();
  await using server = await startWith(await authority.issue("server", ["DNS:elsewhere.example"]));
  for (const host of ["localhost", "127.0.0.1"]) {
    const env = { NATS_URL: `tls://${host}:${server.port}`, NATS_TLS_CA: authority.caFile };
    assertStringIncludes(await refusalOf(env), "does not match certificate's altnames");
  }
});

Deno.test("TLS: given a server dialled by its address, when the certificate is for it, then it is trusted; for localhost, it is not", async () => {
  await using authority = await TestAuthority.create();
  await using byAddress = await startWith(await authority.issue("address", ["IP:127.0.0.1"]));
  await using byName = await startWith(await authority.issue("name", ["DNS:localhost"]));
  const NATS_TLS_CA = authority.caFile;
  await assertConnects({ NATS_URL: `tls://127.0.0.1:${byAddress.port}`, NATS_TLS_CA });
  const refusal = await refusalOf({ NATS_URL: `tls://127.0.0.1:${byName.port}`, NATS_TLS_CA });
  assertStringIncludes(refusal, "does not match certificate's altnames");
});

Deno.test("TLS: given a server that wants a client certificate, when it comes, then it lets in; else it does not", async () => {
  await using authority = await TestAuthority.create();
  const certificate = await authority.issue("server", ["DNS:localhost"]);
  const client = await authority.issue("client", ["DNS:client.example"]);
  const verify = `ca_file: "${authority.caFile}", verify: true`;
  await using server = await startWith(certificate, verify);
  const env = { NATS_URL: `tls://localhost:${server.port}`, NATS_TLS_CA: authority.caFile };
  await assertConnects({
    ...env,
    NATS_TLS_CERT: client.certFile,
    NATS_TLS_KEY: client.keyFile,
  });
  // In TLS 1.3 the client's part has succeeded by then: what it notices, if anything, is that nobody listens.
  const log = new CapturedLog();
  assertMatch(await refusalOf(env), /^(timeout|(write|read) E[A-Z]+)/);
  await until("the server's alert was logged, or nothing came of it", async () => {
    if (/NATS ended the TLS handshake: .*CertificateRequired/.test(log.text)) return true;
    await refusalOf(env);
    return false;
  });
});

Deno.test("TLS: given a server without TLS, when tls:// is configured, then nothing is sent to it", async () => {
  await using server = await TestNatsServer.start();
  const refusal = await refusalOf({ NATS_URL: `tls://127.0.0.1:${server.port}` });
  assertEquals(refusal, "server does not support 'tls'");
});

Deno.test("TLS: given nats:// and an authority, when the server demands TLS, then TLS is used", async () => {
  await using authority = await TestAuthority.create();
  await using server = await startWith(await authority.issue("server", ["DNS:localhost"]));
  const NATS_URL = `nats://localhost:${server.port}`;
  await assertConnects({ NATS_URL, NATS_TLS_CA: authority.caFile });
});

Deno.test("TLS: given a certificate that expires, when it was renewed in its file, then the connection comes back with it", async () => {
  await using authority = await TestAuthority.create();
  await using renewed = await TestAuthority.create();
  const hosts = ["DNS:localhost"];
  await using server = await startWith(await authority.issue("server", hosts));
  const log = new CapturedLog();
  const env = { NATS_URL: `tls://localhost:${server.port}`, NATS_TLS_CA: authority.caFile };
  await using nc = await connect(loadConfig(env), "test");
  await server.restart(tlsConfig(await renewed.issue("server", hosts)));
  await Deno.copyFile(renewed.caFile, authority.caFile);
  await log.waitFor("Back at NATS");
  await nc.flush();
});

function startWith(certificate: Certificate, more = ""): Promise<TestNatsServer> {
  return TestNatsServer.start({ config: tlsConfig(certificate, more) });
}

function tlsConfig({ certFile, keyFile }: Certificate, more = ""): string {
  return `tls { cert_file: "${certFile}", key_file: "${keyFile}"\n ${more} }`;
}

async function assertConnects(env: Record<string, string>): Promise<void> {
  // Not the connect() under test elsewhere, which would try for ever.
  await using nc = await connectOnce(await connectionOptions(loadConfig(env), "test"));
  await nc.flush();
}

async function refusalOf(env: Record<string, string>): Promise<string> {
  return (await errorOf(env)).message;
}

async function errorOf(env: Record<string, string>): Promise<Error> {
  const options = await connectionOptions(loadConfig(env), "test");
  return await assertRejects(() => connectOnce(options), Error);
}
