// deno-lint-ignore-file no-console -- the command line prints
import { type ConsumerInfo, jetstream, type JetStreamManager } from "@nats-io/jetstream";
import type { Config } from "../config.ts";
import { applyDurableStreamPlan, planDurableStreams } from "../nats/inbox/durable_streams.ts";
import {
  ensureInboxConsumer,
  findInboxConsumer,
  passedOverAdvice,
} from "../nats/inbox/inbox_consumer.ts";
import {
  changedSettings,
  describeSettings,
  INBOX_CONSUMER,
} from "../nats/inbox/inbox_consumer_settings.ts";
import { refuseLostStream } from "../nats/lost_stream.ts";
import { bucketInfo, openSnapshotBucket } from "../nats/snapshot_store.ts";
import { applyStreamPlan, planStream, type StreamPlan } from "../nats/stream.ts";
import { durableStreamsOf, snapshotBucketOf } from "../nats/subjects.ts";
import { withJetStream } from "./with_jetstream.ts";

/**
 * `person-service setup`: makes or checks stream and snapshot bucket with an operator's login, and prints what it did.
 *
 * @param options `isNew`: an empty stream of events is wanted, even where it looks as if there was one
 * @returns the exit status
 * @throws {StartupRefused} for what can't be served on
 * @throws {Unanswered} where NATS or JetStream can't be reached
 */
export async function setup(
  config: Config,
  { dryRun, isNew }: { dryRun: boolean; isNew: boolean },
): Promise<number> {
  return await withJetStream(config, "person-service setup", async (nc, jsm) => {
    const js = jetstream(nc, { checkAPI: false });
    const plan = await planStream(nc, jsm, config);
    if (plan.action === "create" && !isNew) await refuseLostStream(jsm, config.streamName);
    const streamName = nameIn(plan) ?? config.streamName;
    const bucket = snapshotBucketOf(streamName);
    const bucketIsThere = await bucketInfo(js, bucket) !== null;
    if (!dryRun) {
      await applyStreamPlan(jsm, plan);
      await openSnapshotBucket(js, streamName, config.streamReplicas);
    }
    console.log(describePlan(plan, dryRun));
    console.log(describeBucket(bucket, bucketIsThere, dryRun));
    if (config.durableCommands) await setUpDurableCommands(jsm, streamName, config, dryRun);
    return 0;
  });
}

async function setUpDurableCommands(
  jsm: JetStreamManager,
  streamName: string,
  config: Config,
  dryRun: boolean,
): Promise<void> {
  const plans = await planDurableStreams(jsm, streamName, config);
  const { inbox } = durableStreamsOf(streamName);
  const inboxIsThere = plans.every(({ name, create }) => name !== inbox || create === null);
  const consumer = inboxIsThere ? await findInboxConsumer(jsm, inbox) : null;
  if (!dryRun) {
    await applyDurableStreamPlan(jsm, plans);
    await ensureInboxConsumer(jsm, inbox);
  }
  const made = dryRun ? "would be made" : "was made";
  for (const { name, create, isFit } of plans) {
    const isThere = isFit ? "is there, and fit" : "is there, with flaws that a warning names";
    console.log(`stream "${name}": ${create === null ? isThere : made}`);
  }
  const state = consumer === null ? made : describeConsumer(consumer, dryRun);
  console.log(`consumer "${INBOX_CONSUMER}" of "${inbox}": ${state}`);
}

function describeConsumer({ config, stream_name }: ConsumerInfo, dryRun: boolean): string {
  const { changeable, fixed, mayHavePassedOver } = changedSettings(config);
  if (changeable.length + fixed.length === 0) return "is there";
  if (fixed.length > 0) return `is not fit: ${describeSettings(fixed)}`;
  const setRight = `${dryRun ? "would be" : "was"} set right: it had ${
    describeSettings(changeable)
  }`;
  return mayHavePassedOver ? `${setRight}; ${passedOverAdvice(stream_name)}` : setRight;
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
