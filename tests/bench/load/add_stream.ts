import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { applyStreamPlan, planStream } from "../../../src/nats/stream.ts";
import { defaultStreamSettings } from "../../support/event_store_fixture.ts";

/** Makes a stream for a baseline, with the settings that the service gives its own: what they cost is no difference. */
export async function addStream(
  nc: NatsConnection,
  name: string,
  prefix: string,
  replicas: number,
): Promise<void> {
  const jsm = await jetstreamManager(nc);
  const settings = {
    ...defaultStreamSettings,
    streamName: name,
    streamNameIsDefault: false,
    subjectPrefix: prefix,
    streamReplicas: replicas,
  };
  await applyStreamPlan(jsm, await planStream(nc, jsm, settings));
}
