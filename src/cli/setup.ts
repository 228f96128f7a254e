// deno-lint-ignore-file no-console -- the command line prints
import { jetstream } from "@nats-io/jetstream";
import type { Config } from "../config.ts";
import { bucketInfo, openSnapshotBucket } from "../nats/snapshot_store.ts";
import { applyStreamPlan, planStream, type StreamPlan } from "../nats/stream.ts";
import { snapshotBucketOf } from "../nats/subjects.ts";
import { withJetStream } from "./with_jetstream.ts";

/**
 * `person-service setup`: makes or checks stream and snapshot bucket with an operator's login, and prints what it did.
 *
 * @returns the exit status
 * @throws {StartupRefused} for what can't be served on
 * @throws {Unanswered} where NATS or JetStream can't be reached
 */
export async function setup(config: Config, { dryRun }: { dryRun: boolean }): Promise<number> {
  return await withJetStream(config, "person-service setup", async (nc, jsm) => {
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
  });
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
