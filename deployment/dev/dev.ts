/**
 * `deno task dev`: a nats-server and the service, the service reloaded when its source changes.
 * Ctrl-C stops both; what was stored is there again at the next start.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import { setTimeout as delay } from "node:timers/promises";
import { readEnvFile } from "../../src/cli/arguments.ts";
import { DEV_URL_FILE } from "../../src/cli/dev_server.ts";
import { Unanswered } from "../../src/cli/connect_once.ts";
import { requestReply } from "../../src/cli/request.ts";
import { type Config, ConfigError, loadConfig } from "../../src/config.ts";
import { SERVICE_NAME } from "../../src/nats/service_info.ts";
import createPerson from "../examples/CreatePerson.json" with { type: "json" };
import { endOrphans, lockCheckout, ROOT, STORE_FOLDER } from "./checkout.ts";
import { type DevNats, provideNats } from "./dev_nats.ts";
import { NatsServerUnavailable } from "./fetch_nats_server.ts";
import { IS_BY_NPX, launcherGone } from "./launcher.ts";
import { ServiceProcess } from "./service_process.ts";

/** `EX_CONFIG` of sysexits.h. */
const EXIT_CONFIGURATION = 78;
const POLL_MS = 200;
const forever = new Promise<never>(() => {});
const ENV_FILE = `${ROOT}/.env`;

Deno.exit(await main());

async function main(): Promise<number> {
  const stop = Promise.race([stopRequested(), launcherGone()]);
  using lock = await lockCheckout();
  if (lock === undefined) {
    const url = await Deno.readTextFile(DEV_URL_FILE).catch(() => "an address not known yet");
    console.error(`"deno task dev" is running in this checkout already, with NATS at ${url}`);
    return 1;
  }
  try {
    const hasEnvFile = await loadEnvFile();
    await endOrphans();
    return await run(stop, hasEnvFile);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof NatsServerUnavailable)) throw error;
    console.error(error.message);
    return error instanceof ConfigError ? EXIT_CONFIGURATION : 1;
  }
}

/** Resolves on the first request. There may be more: `deno task` passes on what the terminal sent. */
function stopRequested(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, resolve);
  }
  return promise;
}

/** Whether there is such a file. The real environment wins over it. */
async function loadEnvFile(): Promise<boolean> {
  if (!await Deno.stat(ENV_FILE).then(() => true, () => false)) return false;
  for (const [name, value] of Object.entries(await readEnvFile(ENV_FILE))) {
    if (value !== undefined && !Deno.env.has(name)) Deno.env.set(name, value);
  }
  return true;
}

async function run(stop: Promise<void>, hasEnvFile: boolean): Promise<number> {
  await using nats = await provideNats(loadConfig(Deno.env.toObject()));
  const config = loadConfig(Deno.env.toObject());
  await Deno.writeTextFile(DEV_URL_FILE, nats.url);
  try {
    await using service = new ServiceProcess(config.shutdownTimeoutMs);
    using watcher = Deno.watchFs(`${ROOT}/src`);
    const status = await Promise.race([
      stop.then(() => 0),
      nats.ended.then(() => 1),
      // These two end the run only by failing.
      service.reloadOnChange(watcher).then(() => forever),
      whenReady(config).then(() => (console.log(banner(nats, config, hasEnvFile)), forever)),
    ]);
    console.log(status === 0 ? "Stopping" : `The nats-server ended; see ${STORE_FOLDER}`);
    return status;
  } finally {
    await Deno.remove(DEV_URL_FILE);
  }
}

/** Resolves when the service answers who is there. */
async function whenReady(config: Config): Promise<void> {
  const request = { subject: `$SRV.PING.${SERVICE_NAME}`, timeoutMs: 1000, headers: {} };
  for (;;) {
    try {
      await requestReply(config, new Uint8Array(), request);
      return;
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
    }
    await delay(POLL_MS);
  }
}

function banner(nats: DevNats, config: Config, hasEnvFile: boolean): string {
  // Who came by way of npx may have no "deno" to paste this for.
  const task = IS_BY_NPX ? `npx -y deno@${Deno.version.deno} task` : "deno task";
  const send = hasEnvFile ? `${task} send --env-file .env` : `${task} send`;
  const command = JSON.stringify(createPerson);
  return `
person-service is ready at ${nats.url} (${nats.description})

Create a person and see the reply:
  ${send} --example CreatePerson
  ${send} '${command}'

The same with the nats command line ("req" in place of "pub" shows the reply):
  nats --server ${nats.url} pub ${config.subjectPrefix}.commands.test '${command}'

The service reloads when a file in src changes. Ctrl-C stops it.
`;
}
