// deno-lint-ignore-file no-console -- the command line prints
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { Config } from "../config.ts";
import { isPassing } from "../nats/attempts.ts";
import { bucketInfo, openSnapshotBucket } from "../nats/snapshot_store.ts";
import { asRefusal } from "../nats/startup_refused.ts";
import { applyStreamPlan, planStream, type StreamPlan } from "../nats/stream.ts";
import { snapshotBucketOf } from "../nats/subjects.ts";
import { connectOnce, Unanswered } from "./connect_once.ts";

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * `person-service setup`: makes or checks stream and snapshot bucket with an operator's login, and prints what it did.
 *
 * @returns the exit status
 * @throws {StartupRefused} for what can't be served on
 * @throws {Unanswered} where NATS or JetStream can't be reached
 */
export async function setup(config: Config, { dryRun }: { dryRun: boolean }): Promise<number> {
  const nc = await connectOnce(config, "person-service setup", CONNECT_TIMEOUT_MS);
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const js = jetstream(nc, { checkAPI: false });
    const plan = await planStream(nc, jsm, config);
    const streamName = nameIn(plan) ?? config.streamName;
    const bucket = snapshotBucketOf(streamName);
    const bucketIsThere = await bucketInfo(js, bucket) !== null;
    if (!dryRun) {
      await applyStreamPlan(jsm, plan);
      await openSnapshotBucket(js, streamName, config.streamReplicas);
    }
    console.log(describePlan(plan, dryRun));
    console.log(describeBucket(bucket, bucketIsThere, dryRun));
    return 0;
  } catch (error) {
    if (!isPassing(error)) throw asRefusal(error);
    const reason = error instanceof Error ? error.message : error;
    throw new Unanswered(
      `JetStream at ${config.natsUrls.join(", ")} gives no answer: ${reason}; is it enabled?`,
      { cause: error },
    );
  } finally {
    await nc.close();
  }
}

function nameIn(plan: StreamPlan): string | undefined {
  return plan.action === "create" ? plan.create.name : plan.info.config.name;
}

function describePlan(plan: StreamPlan, dryRun: boolean): string {
  const name = nameIn(plan);
  switch (plan.action) {
    case "use":
      return `stream "${name}": is there, and safe`;
    case "update":
      return `stream "${name}": ${dryRun ? "would be" : "was"} updated: ${settings(plan.update)}`;
    case "create":
      return `stream "${name}": ${dryRun ? "would be" : "was"} made: ${settings(plan.create)}`;
  }
}

function describeBucket(bucket: string, isThere: boolean, dryRun: boolean): string {
  if (isThere) return `bucket "${bucket}": is there`;
  return `bucket "${bucket}": ${dryRun ? "would be" : "was"} made`;
}

function settings(config: object): string {
  return Object.entries(config).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(" ");
}
