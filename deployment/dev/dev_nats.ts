/**
 * The NATS that `deno task dev` works with: the one `NATS_URL` names, or a server of its own.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import type { Config } from "../../src/config.ts";
import { STORE_FOLDER } from "./checkout.ts";
import { findNatsServer, startNatsServer } from "./nats_server.ts";

const USUAL_PORT = 4222;
const CONNECT_TIMEOUT_MS = 2000;

/** Disposing of it stops the server, if it is one of our own. */
export interface DevNats extends AsyncDisposable {
  /** Without user info, so that it may be shown. */
  url: string;
  /** For the banner. */
  description: string;
  /** Resolves when a server of our own has ended. */
  ended: Promise<unknown>;
}

/**
 * The server that `NATS_URL` names if it is reachable, else one of our own, to which `NATS_URL` is
 * then set.
 *
 * @throws {NatsServerUnavailable} when there is no nats-server to be had
 */
export async function provideNats(config: Config): Promise<DevNats> {
  if (Deno.env.get("NATS_URL")) {
    const scheme = config.natsTls ? "tls" : "nats";
    const url = config.natsUrls.map((address) => `${scheme}://${address}`).join(",");
    if (await isAnyReachable(config.natsUrls)) {
      const nothing = () => Promise.resolve();
      const ended = new Promise(() => {});
      return { url, description: "NATS_URL", ended, [Symbol.asyncDispose]: nothing };
    }
    console.log(`Nobody listens at ${url} (NATS_URL), so a nats-server is started here`);
  }
  const { path, version } = await findNatsServer();
  const port = isFree(USUAL_PORT) ? { port: USUAL_PORT } : {};
  const server = await startNatsServer({
    binary: path,
    storeDir: STORE_FOLDER,
    detached: true,
    ...port,
  });
  const url = `nats://${server.address}`;
  Deno.env.set("NATS_URL", url);
  return {
    url,
    description: `nats-server ${version}, data in .dev/jetstream`,
    ended: server.ended,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

async function isAnyReachable(addresses: string[]): Promise<boolean> {
  const attempts = addresses.map(async (address) => {
    const [, hostname = "", port] = address.match(/^\[?(.*?)\]?:(\d+)$/) ?? [];
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    (await Deno.connect({ hostname, port: Number(port), signal })).close();
  });
  return await Promise.any(attempts).then(() => true, () => false);
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}
