/**
 * The subjects of commands, and who answers there.
 *
 * @module
 */
import { errors, type NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { SERVICE_NAME } from "../../nats/service_info.ts";
import { describeNesting } from "../../nats/stream_lookup.ts";
import type { Examination } from "./examination.ts";
import { attempt, failed, type Finding, ok, warning } from "./finding.ts";

/** For the first answer; the others come right behind it. */
const ANSWER_TIMEOUT_MS = 2_000;

const ServiceInfo = z.object({
  version: z.string(),
  endpoints: z.array(z.object({ subject: z.string() })),
});

/** Whether a stream would answer in the service's place, and whether the service itself does. */
export async function* checkCommands(
  examination: Examination,
  hasJetStream: boolean,
): AsyncGenerator<Finding> {
  if (hasJetStream) yield await attempt("commands", () => checkNoStream(examination));
  yield await attempt("instances", () => checkInstances(examination));
}

async function checkNoStream(
  { jsm, config, subjects: { commands } }: Examination,
): Promise<Finding> {
  const nesting = await describeNesting(jsm, config.subjectPrefix);
  if (nesting !== null) return failed("commands", nesting, "set another SUBJECT_PREFIX");
  for await (const name of jsm.streams.names(commands)) {
    const found = `stream "${name}" covers "${commands}" and answers in the service's place`;
    return failed("commands", found, "take that subject out of it, or set another SUBJECT_PREFIX");
  }
  return ok("commands", `no stream covers "${commands}"`);
}

async function checkInstances({ nc, subjects: { commands } }: Examination): Promise<Finding> {
  const versions = await versionsOn(nc, commands);
  if (versions.length === 0) {
    const found = `nobody answers commands on "${commands}"`;
    return warning("instances", found, "start the service; till then requests fail at once");
  }
  const different = [...new Set(versions)].sort().join(", ");
  return ok("instances", `${versions.length} on "${commands}", version ${different}`);
}

/** The version of each instance that takes these commands. */
async function versionsOn(nc: NatsConnection, commands: string): Promise<string[]> {
  const versions: string[] = [];
  try {
    const options = { strategy: "stall", maxWait: ANSWER_TIMEOUT_MS } as const;
    for await (const message of await nc.requestMany(`$SRV.INFO.${SERVICE_NAME}`, "", options)) {
      const { version, endpoints } = ServiceInfo.parse(message.json());
      // On the same account there may be instances of other environments.
      if (endpoints.some(({ subject }) => subject === commands)) versions.push(version);
    }
  } catch (error) {
    const isNobody = error instanceof errors.RequestError && error.isNoResponders();
    if (!isNobody && !(error instanceof errors.NoRespondersError)) throw error;
  }
  return versions;
}
