/**
 * `person-service doctor` and what it finds.
 *
 * @module
 */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { personService } from "./command_line.ts";

const Report = z.object({
  server: z.string(),
  stream: z.string(),
  at: z.iso.datetime(),
  summary: z.record(z.string(), z.number()),
  findings: z.array(z.object({
    status: z.enum(["ok", "skipped", "warning", "failed"]),
    check: z.string(),
    found: z.string(),
    todo: z.string().nullable(),
  })),
});

/** What a run came to. */
export type Diagnosis = z.infer<typeof Report> & { exitStatus: number };

/** Runs the doctor to its end. */
export async function diagnose(
  settings: Record<string, string>,
  args: string[] = [],
): Promise<Diagnosis> {
  const { status, stdout } = await personService(["doctor", "--json", ...args], settings);
  return { ...Report.parse(JSON.parse(stdout)), exitStatus: status };
}

/** The findings of a check as lines such as `ok: 100 messages`. */
export function found({ findings }: Diagnosis, check: string): string[] {
  return findings.filter((finding) => finding.check === check)
    .map(({ status, found }) => `${status}: ${found}`);
}

/** The checks that came to this, each once. */
export function checksThat(
  { findings }: Diagnosis,
  status: "skipped" | "warning" | "failed",
): string[] {
  const checks = findings.filter((finding) => finding.status === status).map(({ check }) => check);
  return [...new Set(checks)];
}

/** Every stream there is, with how many consumers and messages it has. */
export async function streamsAt(nc: NatsConnection): Promise<Record<string, unknown>> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const streams: Record<string, unknown> = {};
  for await (const { config: { name }, state } of jsm.streams.list()) {
    streams[name] = { consumers: state.consumer_count, messages: state.messages };
  }
  return streams;
}
