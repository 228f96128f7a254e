/**
 * The copies of a stream.
 *
 * @module
 */
import type { PeerInfo, StreamInfo } from "@nats-io/jetstream";
import { millis } from "@nats-io/transport-node";
import { failed, type Finding, ok, warning } from "./finding.ts";

/** A follower answers its leader every second. */
const LONG_SILENCE_MS = 5_000;

/**
 * Whether there are as many copies as wanted, one of them leads, and the others keep up. A single copy is what a
 * single server can give; one server of several could share it.
 */
export function* checkReplicas(
  what: "stream" | "bucket" | "inbox",
  { config: { name, num_replicas: replicas }, cluster }: StreamInfo,
  wanted: number,
): Generator<Finding> {
  const check = `${what} replicas`;
  if (replicas < wanted) {
    const todo = `nats stream edit ${name} --replicas=${wanted}`;
    yield warning(check, `${replicas}, not the ${wanted} of STREAM_REPLICAS`, todo);
  }
  if (replicas === 1) {
    // Snapshots only save time.
    return yield what === "bucket" ? ok(check, "1") : judgeSingleCopy(check, name, cluster);
  }
  if (cluster?.leader === undefined) {
    const todo = "start the servers that are down: more than half of the copies are needed";
    return yield failed(check, `none of ${replicas} leads: nothing can be stored`, todo);
  }
  const troubles = (cluster.replicas ?? []).flatMap((peer) => troubleOf(peer) ?? []);
  const found = `${replicas}, led by ${cluster.leader}`;
  if (troubles.length === 0) return yield ok(check, found);
  yield warning(check, `${found}; ${troubles.join(", ")}`, "see to that server, or wait for it");
}

function judgeSingleCopy(check: string, name: string, cluster: StreamInfo["cluster"]): Finding {
  // A server that is part of no cluster names none.
  if (cluster?.name !== undefined) {
    const found = `1, on ${cluster.leader ?? "a server that is down"} of cluster ${cluster.name}`;
    const todo = `nats stream edit ${name} --replicas=3, and set STREAM_REPLICAS=3`;
    return warning(check, `${found}: that server's disk is the only copy`, todo);
  }
  const todo = "in production, three servers and STREAM_REPLICAS=3";
  return ok(check, "1: this server's disk is the only copy", todo);
}

function troubleOf({ name, current, offline, active }: PeerInfo): string | null {
  if (offline) return `${name} is offline`;
  const silentMs = millis(active);
  // It counts as up to date for ten seconds on.
  if (silentMs > LONG_SILENCE_MS) return `${name} was silent for ${Math.floor(silentMs / 1_000)} s`;
  return current ? null : `${name} lags behind`;
}
