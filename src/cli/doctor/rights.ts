/**
 * What this login may do to the stream beyond what the service needs.
 *
 * @module
 */
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { whyTooOld } from "../../nats/server_requirements.ts";
import { ANSWER_TIMEOUT_MS, type Examination } from "./examination.ts";
import { attempt, deniedBy, type Finding, ok, skipped, warning } from "./finding.ts";

const CHECK = "permissions";

/**
 * Requests that take events away, or could, each with a payload that the server has to refuse, or that
 * covers nothing. Measured on 2.9.10 and 2.15.1: a purge takes what is no JSON for an order to purge
 * everything; a deletion with any payload is refused (10038).
 */
const HARMLESS_PAYLOADS: [verb: string, payload: string][] = [
  ["DELETE", "doctor"],
  ["UPDATE", "doctor"],
  ["PURGE", '{"filter":"person-service-doctor.nothing"}'],
  ["MSG.DELETE", '{"seq":0}'],
];

/** Warns where the login may take events away. Nothing is taken away by asking. */
export async function checkRights({ nc }: Examination, streamName: string): Promise<Finding> {
  const version = nc.info?.version ?? "";
  // Only from 2.12 on does a server heed the header that keeps it from carrying out anything.
  if (whyTooOld(version) !== null) {
    return skipped(CHECK, `not tried on nats-server ${version}: it could do harm there`);
  }
  return await attempt(CHECK, async () => {
    const allowed: string[] = [];
    for (const [verb, payload] of HARMLESS_PAYLOADS) {
      if (await mayRequest(nc, `$JS.API.STREAM.${verb}.${streamName}`, payload)) allowed.push(verb);
    }
    if (allowed.length === 0) return ok(CHECK, "this login can't delete or change the stream");
    const verbs = allowed.join(", STREAM.");
    const found = `this login may delete or change the stream: STREAM.${verbs}`;
    const todo =
      "give the service the permissions of deployment/nats/users.conf; an operator needs more";
    return warning(CHECK, found, todo);
  });
}

async function mayRequest(nc: NatsConnection, subject: string, payload: string): Promise<boolean> {
  const fields = headers();
  // No server has that level, so each refuses the request before it looks at it (ADR-44 of NATS).
  fields.set("Nats-Required-Api-Level", "1000000");
  try {
    await nc.request(subject, payload, { headers: fields, timeout: ANSWER_TIMEOUT_MS });
    return true;
  } catch (error) {
    if (deniedBy(error) !== null) return false;
    throw error;
  }
}
