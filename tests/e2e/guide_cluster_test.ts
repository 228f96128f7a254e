/** The deployment guide's three servers with TLS and logins, run as they stand there. */
import { assertMatch, assertStringIncludes } from "@std/assert";
import { personService } from "../support/command_line.ts";
import { textOf } from "../support/documents.ts";
import { guideBlocks, GuideHost } from "../support/guide_host.ts";
import { until } from "../support/until.ts";

const PASSWORDS = {
  SERVICE_PASSWORD: "service-password",
  OPERATOR_PASSWORD: "operator-password",
  CLIENT_PASSWORD: "client-password",
  READER_PASSWORD: "reader-password",
};

/** Deno's node:tls before 2.9 does not get as far as a certificate; executables may be compiled with it. */
const hasTls = !/Deno 2\.[0-8]\./.test((await personService(["--version"])).stdout);
const label = hasTls ? "" : " [NOT RUN: this executable is of a Deno without TLS towards NATS]";

Deno.test({
  name:
    `the guide's cluster: certificates, three servers, set-up and service go together, and nobody gets in without TLS or a login${label}`,
  ignore: !hasTls,
  fn: runCluster,
});

async function runCluster(): Promise<void> {
  await using host = await GuideHost.start();
  // Certificates, set-up, service.
  const [certificates = "", setup = "", service = ""] = guideBlocks("cluster");
  await host.run(certificates);
  for (const n of [1, 2, 3]) await startServer(host, n);
  for (const n of [1, 2, 3]) {
    await until(`server ${n} knows JetStream's leader`, async () => {
      const health = await fetch(`http://${host.address(n)}:8222/healthz`);
      await health.body?.cancel();
      return health.ok;
    }, 60_000);
  }

  assertStringIncludes(
    await host.run(setup, PASSWORDS),
    'bucket "PERSON_EVENTS_SNAPSHOTS": was made',
  );
  assertMatch(await host.run(`${setup}\n${service}`, PASSWORDS), /at version 1 .*sequence 1\)/);
  const doctor = await host.run(
    `export NATS_URL=tls://192.0.2.1 NATS_TLS_CA=ca.pem NATS_USER=operator
    NATS_PASSWORD="$OPERATOR_PASSWORD" person-service doctor --monitor http://192.0.2.1:8222 || true`,
    PASSWORDS,
  );
  assertMatch(doctor, /ok +sync_interval: /);
  assertMatch(doctor, /ok +stream replicas: 3/);

  const backUpAs = (user: string) =>
    host.run(
      `export NATS_URL=tls://192.0.2.1 NATS_TLS_CA=ca.pem NATS_USER=${user}
      NATS_PASSWORD="$${user.toUpperCase()}_PASSWORD" person-service backup ${user} 2>&1 || echo status $?`,
      PASSWORDS,
    );
  assertStringIncludes(await backUpAs("operator"), "backed up to");
  assertMatch(await backUpAs("service"), /^This login lacks a permission: .*\nstatus 78$/m);

  const greeting = await host.run("timeout 2 cat </dev/tcp/192.0.2.1/4222 || true");
  assertStringIncludes(greeting, '"tls_required":true');
  const stranger = await host.run(
    "NATS_URL=tls://192.0.2.1 NATS_TLS_CA=ca.pem person-service setup --dry-run 2>&1 || echo status $?",
  );
  assertStringIncludes(stranger, "status 2");
}

/** As on a machine of its own: the configuration's folders are this server's. */
async function startServer(host: GuideHost, n: number): Promise<void> {
  const name = `nats-${n}`;
  await host.write(`${name}.conf`, name);
  await host.run(`
    mv ${name}.pem ${name}/server.pem
    mv ${name}.key ${name}/server.key
    cp ca.pem ${name}
    sed -i 's#"${host.folder}/etc/nats/#"${host.folder}/${name}/#
      s#"${host.folder}/var/lib/nats"#"${host.folder}/${name}/data"#
      s#127.0.0.1:8222#192.0.2.${n}:8222#' ${name}/${name}.conf`);
  await Deno.writeTextFile(
    `${host.folder}/${name}/users.conf`,
    textOf("deployment/nats/users.conf"),
  );
  await host.startNats(n, ["-c", `${name}/${name}.conf`], PASSWORDS);
}
