import type { JetStreamManager, StreamConfig, StreamInfo } from "@nats-io/jetstream";
import { until } from "./until.ts";

/** Deletes the stream and makes another of the same name. */
export async function remakeStream(
  jsm: JetStreamManager,
  config: StreamConfig,
): Promise<StreamInfo> {
  await jsm.streams.delete(config.name);
  // The server removes files after it has answered, and can't make a store of that name meanwhile.
  return await until("the stream is made anew", () => jsm.streams.add(config));
}
