import type { NatsConnection } from "@nats-io/transport-node";
import { mayReplyTo, QUEUE_GROUP, type Subjects } from "./subjects.ts";

/** Name of the service in the NATS services protocol. */
export const SERVICE_NAME = "person-service";

/** What an endpoint counted since the start. */
export type EndpointStats = {
  requests: number;
  errors: number;
  /** `code:message` of the last failure; empty without one. */
  lastError: string;
  processingTimeNs: number;
};

/** What the service tells of itself. */
export type ServiceInfoOptions = {
  /** Of this instance; no other one has it. */
  id: string;
  version: string;
  /** Where commands come in, and where no answer may go. */
  subjects: Subjects;
  stats: () => EndpointStats;
};

/** Answers `nats micro ls|info|stats`. Source: NATS ADR-32. */
export function answerServiceInfo(nc: NatsConnection, options: ServiceInfoOptions): void {
  const identity = {
    name: SERVICE_NAME,
    id: options.id,
    version: options.version,
    metadata: {},
  };
  const endpoint = {
    name: "commands",
    subject: options.subjects.commands,
    queue_group: QUEUE_GROUP,
  };
  const started = new Date().toISOString();
  const answers = {
    PING: () => ({ type: "io.nats.micro.v1.ping_response", ...identity }),
    INFO: () => ({
      type: "io.nats.micro.v1.info_response",
      ...identity,
      description: "Owns the truth about persons: decides commands and stores their events",
      endpoints: [{ ...endpoint, metadata: {} }],
    }),
    STATS: () => ({
      type: "io.nats.micro.v1.stats_response",
      ...identity,
      started,
      endpoints: [{ ...endpoint, ...describeStats(options.stats()) }],
    }),
  };
  for (const [verb, answer] of Object.entries(answers)) {
    const subject = `$SRV.${verb}`;
    for (const name of ["", `.${SERVICE_NAME}`, `.${SERVICE_NAME}.${options.id}`]) {
      nc.subscribe(subject + name, {
        callback: (error, message) => {
          // A login that may not subscribe here can serve all the same.
          if (error !== null || !message.reply) return;
          if (mayReplyTo(message.reply, options.subjects)) {
            message.respond(JSON.stringify(answer()));
          }
        },
      });
    }
  }
}

function describeStats({ requests, errors, lastError, processingTimeNs }: EndpointStats) {
  return {
    num_requests: requests,
    num_errors: errors,
    last_error: lastError,
    processing_time: processingTimeNs,
    average_processing_time: requests === 0 ? 0 : Math.round(processingTimeNs / requests),
  };
}
