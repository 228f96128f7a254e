import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { persist } from "../../../src/nats/persist.ts";
import { applyStreamPlan, planStream } from "../../../src/nats/stream.ts";
import { defaultStreamSettings } from "../../support/event_store_fixture.ts";

/** Makes a stream for a baseline, with the settings that the service gives its own: what they cost is no difference. */
export async function addStream(
  nc: NatsConnection,
  name: string,
  prefix: string,
  replicas: number,
): Promise<void> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const settings = {
    ...defaultStreamSettings,
    streamName: name,
    streamNameIsDefault: false,
    subjectPrefix: prefix,
    streamReplicas: replicas,
  };
  // Of a cluster that has just started nobody may lead yet.
  await persist(async () => applyStreamPlan(jsm, await planStream(nc, jsm, settings)));
}
