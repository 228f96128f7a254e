/**
 * When the server syncs to disk, which it tells at its monitoring address only.
 *
 * @module
 */
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { type Finding, ok, skipped, warning } from "./finding.ts";

const CHECK = "sync_interval";
/** Where nats-server tells about itself, unless configured otherwise. */
const MONITORING_PORT = 8222;
const ANSWER_TIMEOUT_MS = 1_000;

const Varz = z.object({
  server_id: z.string(),
  jetstream: z.object({
    config: z.object({
      sync_interval: z.number().optional(),
      sync_always: z.boolean().optional(),
    }).optional(),
  }).optional(),
});

/**
 * Whether the connected server syncs before it acknowledges.
 * @param monitorUrl its monitoring address; undefined: looked for beside the client port
 */
export async function checkSyncInterval(
  nc: NatsConnection,
  monitorUrl: string | undefined,
): Promise<Finding> {
  const url = monitorUrl ?? `http://${hostOf(nc.getServer())}:${MONITORING_PORT}`;
  const varz = await readVarz(url);
  if (typeof varz === "string") return cannotBeSeen(`${url}: ${varz}`);
  if (varz.server_id !== nc.info?.server_id) return cannotBeSeen(`${url} is another server's`);
  const { sync_always: always, sync_interval: nanoseconds } = varz.jetstream?.config ?? {};
  if (always === true) return ok(CHECK, "always: what is acknowledged is on disk");
  if (nanoseconds === undefined) return cannotBeSeen(`${url} does not tell`);
  const found = `${nanoseconds / 1e9} s: a power cut loses what was acknowledged since`;
  return warning(CHECK, found, "set sync_interval: always in the server's jetstream block");
}

function cannotBeSeen(why: string): Finding {
  const todo = 'look for "sync_interval: always" in the jetstream block of the server\'s ' +
    "configuration, or name its monitoring address: --monitor http://HOST:8222";
  return skipped(CHECK, `cannot be seen (${why})`, todo);
}

/** What the server tells, or why it tells nothing. */
async function readVarz(url: string): Promise<z.output<typeof Varz> | string> {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(new URL("/varz", url), { signal });
    const varz = Varz.safeParse(await response.json());
    return varz.data ?? "this is no nats-server's monitoring";
  } catch (error) {
    const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
    return isTimeout ? "no answer in time" : "no answer";
  }
}

/** Without the port; of IPv6 addresses with their brackets. */
function hostOf(server: string): string {
  return server.slice(0, server.lastIndexOf(":"));
}
