/**
 * What is wrong with the streams for durable commands, and what mends it.
 *
 * @module
 */
import type { StreamConfig } from "@nats-io/jetstream";
import type { Severity } from "./durable_stream_rule.ts";
import { RULES } from "./durable_stream_rules.ts";
import type { DurableStreamKind, WantedStream } from "./durable_stream_settings.ts";

/** A setting that does harm. */
export type Flaw = {
  problem: string;
  /** The command that mends it, or what else to do. */
  mend: string;
  severity: Severity;
};

const SET_UP = "remove it and run DURABLE_COMMANDS=true person-service setup";
const BEFORE_REMOVAL: Record<DurableStreamKind, string> = {
  "inbox": "when nothing waits in it",
  "outcomes": "when nobody asks any more what became of earlier commands",
  "dead letters": "when all letters are retried or dropped",
};

/**
 * What is wrong with a stream.
 *
 * @param wanted what the service would make in its place
 */
export function flawsOf(found: StreamConfig, wanted: WantedStream): Flaw[] {
  const { kind, config } = wanted;
  const flaws: Flaw[] = [];
  const subjects = config.subjects.join();
  if (found.subjects?.join() !== subjects) {
    flaws.push({
      problem: `its subjects are not "${subjects}"`,
      mend: `nats stream edit ${found.name} --subjects="${subjects}"`,
      severity: "unusable",
    });
  }
  for (const rule of RULES) {
    const severity = rule.severity[kind];
    if (severity === undefined || !rule.found(found, wanted)) continue;
    const mend = rule.edit === null
      ? `can't be edited: ${BEFORE_REMOVAL[kind]}, ${SET_UP}`
      : `nats stream edit ${found.name} ${rule.edit}`;
    flaws.push({ problem: rule.problem, mend, severity });
  }
  return flaws;
}
