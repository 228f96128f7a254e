/**
 * What is wrong with the streams for durable commands, and what mends it.
 *
 * @module
 */
import type { StreamConfig } from "@nats-io/jetstream";
import type { Severity } from "./durable_stream_rule.ts";
import { RULES } from "./durable_stream_rules.ts";
import type { WantedStream } from "./durable_stream_settings.ts";
import { replacementAdvice } from "./durable_stream_replacement.ts";

/** A setting that does harm. */
export type Flaw = {
  problem: string;
  /** The command that mends it, or what else to do. */
  mend: string;
  severity: Severity;
};

/** As a rule says it: flags of `nats stream edit`, or null. */
type Harm = { problem: string; edit: string | null; severity: Severity };

/**
 * What is wrong with a stream.
 *
 * @param wanted what the service would make in its place
 */
export function flawsOf(found: StreamConfig, wanted: WantedStream): Flaw[] {
  const harms = harmsOf(found, wanted);
  const fixed = harms.filter(({ edit }) => edit === null).map(({ severity }) => severity);
  const worst = fixed.find((severity) => severity === "unusable") ??
    fixed.find((severity) => severity === "lossy") ?? "tolerated";
  return harms.map(({ problem, edit, severity }) => {
    const mend = edit === null || !isWorthEditing(severity, worst)
      ? replacementAdvice(found.name, wanted.kind, worst)
      : `nats stream edit ${found.name} ${edit}`;
    return { problem, mend, severity };
  });
}

/** A stream that is to be replaced is edited only so far that it can be served on until then. */
function isWorthEditing(severity: Severity, worstFixed: Severity): boolean {
  return worstFixed === "tolerated" || (worstFixed === "lossy" && severity === "unusable");
}

function harmsOf(found: StreamConfig, wanted: WantedStream): Harm[] {
  const subjects = wanted.config.subjects.join();
  const harms: Harm[] = RULES.flatMap(({ found: isFound, severity, problem, edit }) => {
    const ofKind = severity[wanted.kind];
    return ofKind !== undefined && isFound(found, wanted)
      ? [{ problem, edit, severity: ofKind }]
      : [];
  });
  if (found.subjects?.join() !== subjects) {
    const problem = `its subjects are not "${subjects}"`;
    harms.unshift({ problem, edit: `--subjects="${subjects}"`, severity: "unusable" });
  }
  return harms;
}
