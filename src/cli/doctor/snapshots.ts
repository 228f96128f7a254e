/**
 * The bucket that holds the snapshots.
 *
 * @module
 */
import type { StreamInfo } from "@nats-io/jetstream";
import { bucketInfo } from "../../nats/snapshot_store.ts";
import { snapshotBucketOf } from "../../nats/subjects.ts";
import type { Examination } from "./examination.ts";
import { failed, type Finding, lookAt, ok } from "./finding.ts";
import { checkReplicas } from "./replicas.ts";
import { bytes } from "./usage.ts";

/** Whether the bucket is there, with as many copies as the stream. */
export async function* checkSnapshots(
  { js }: Examination,
  stream: StreamInfo,
): AsyncGenerator<Finding> {
  const name = snapshotBucketOf(stream.config.name);
  const looked = await lookAt("snapshot bucket", () => bucketInfo(js, name));
  if ("problem" in looked) return yield looked.problem;
  const bucket = looked.value;
  yield describe(name, bucket);
  if (bucket !== null) yield* checkReplicas("bucket", bucket, stream.config.num_replicas);
}

function describe(name: string, bucket: StreamInfo | null): Finding {
  if (bucket === null) {
    const todo = "run person-service setup with an operator's login";
    return failed("snapshot bucket", `there is no bucket "${name}"`, todo);
  }
  const { messages, bytes: size } = bucket.state;
  return ok("snapshot bucket", `"${name}", ${messages} snapshots, ${bytes(size)}`);
}
