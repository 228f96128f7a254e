/**
 * The subjects of commands, and who answers there.
 *
 * @module
 */
import { describeNesting } from "../../nats/stream_lookup.ts";
import { versionsOn } from "../instances.ts";
import type { Examination } from "./examination.ts";
import { attempt, failed, type Finding, ok, warning } from "./finding.ts";

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
  const nesting = await describeNesting(jsm, config);
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
