import { errors, type NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { jsonOrNull } from "../nats/json.ts";
import { SERVICE_NAME } from "../nats/service_info.ts";

/** For the first answer; the others come right behind it. */
const ANSWER_TIMEOUT_MS = 2_000;

const ServiceInfo = z.object({
  version: z.string(),
  endpoints: z.array(z.object({ subject: z.string() })),
});

/** The version of each instance that takes commands on this subject. Source: NATS ADR-32. */
export async function versionsOn(nc: NatsConnection, commands: string): Promise<string[]> {
  const versions: string[] = [];
  try {
    const options = { strategy: "stall", maxWait: ANSWER_TIMEOUT_MS } as const;
    for await (const message of await nc.requestMany(`$SRV.INFO.${SERVICE_NAME}`, "", options)) {
      const { data: info } = ServiceInfo.safeParse(jsonOrNull(message.string()));
      // On the same account there may be instances of other environments, and others of this name.
      if (info?.endpoints.some(({ subject }) => subject === commands)) versions.push(info.version);
    }
  } catch (error) {
    const isNobody = error instanceof errors.RequestError && error.isNoResponders();
    if (!isNobody && !(error instanceof errors.NoRespondersError)) throw error;
  }
  return versions;
}
