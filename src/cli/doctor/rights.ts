/**
 * What this login may do to the stream beyond what the service needs.
 *
 * @module
 */
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { whyTooOld } from "../../nats/server_requirements.ts";
import { subjectMatches } from "../dlq/filter.ts";
import { ANSWER_TIMEOUT_MS, type Examination } from "./examination.ts";
import { attempt, deniedBy, type Finding, lookAt, ok, skipped, warning } from "./finding.ts";

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

/** Answers a login about itself; the service's own may not ask. */
const USER_INFO = "$SYS.REQ.USER.INFO";

const UserInfo = z.object({
  data: z.object({
    permissions: z.object({
      publish: z.object({
        allow: z.array(z.string()).optional(),
        deny: z.array(z.string()).optional(),
      }).optional(),
    }).optional(),
  }),
});

/**
 * Warns where a login may both write events and take them away: the service needs no more than the one, an operator no
 * more than the other. Nothing is taken away by asking.
 */
export async function checkRights(
  { nc, subjects }: Examination,
  streamName: string,
): Promise<Finding> {
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
    const found = `this login may delete or change the stream (STREAM.${
      allowed.join(", STREAM.")
    })`;
    const writesEvents = await mayPublish(
      nc,
      subjects.event(crypto.randomUUID(), "PersonCreated"),
    );
    if (writesEvents === false) {
      return ok(CHECK, `${found}, but not write events: as an operator's may`);
    }
    const todo = "expected of an operator's login without limits; the service must not have it: " +
      "run doctor with the service's login, and see deployment/nats/users.conf for one";
    return warning(CHECK, writesEvents ? `${found}, and may write events, too` : found, todo);
  });
}

/**
 * Asked of the server, for an event that is published on trial may be taken for one. null = it does not tell this login.
 */
async function mayPublish(nc: NatsConnection, subject: string): Promise<boolean | null> {
  const asked = await lookAt(
    CHECK,
    () => nc.request(USER_INFO, "", { timeout: ANSWER_TIMEOUT_MS }),
  );
  if ("problem" in asked) return null;
  const { allow, deny = [] } = UserInfo.parse(asked.value.json()).data.permissions?.publish ?? {};
  const covers = (pattern: string) => subjectMatches(pattern, subject);
  return (allow?.some(covers) ?? true) && !deny.some(covers);
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
