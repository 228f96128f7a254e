/**
 * The streams behind durable commands: the inbox, what became of each command, and what was no command.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { JetStreamApiError, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import { isPermissionViolation, StartupRefused } from "../startup_refused.ts";
import { isFinal } from "../stream.ts";
import { findByName, type StreamSettings } from "../stream_lookup.ts";
import { type Flaw, flawsOf } from "./durable_stream_flaws.ts";
import { type WantedStream, wantedStreams } from "./durable_stream_settings.ts";

const logger = getLogger(["person-service", "inbox"]);

/** What has to be done about one of the streams. */
export type DurableStreamPlan = {
  name: string;
  /** What the server is asked to make; null where it is there. */
  create: Partial<StreamConfig> | null;
  /** Whether nothing was warned of. */
  isFit: boolean;
};

/** One of the streams as it was found: what is wrong with it; null where there is none. */
export type FoundDurableStream = { name: string; flaws: Flaw[] | null };

/**
 * Looks for the streams, and tells which have to be made.
 * Throws `StartupRefused` for one that would lose what was acknowledged.
 *
 * @param streamName that of the events' stream, after which the others are named
 */
export async function planDurableStreams(
  jsm: JetStreamManager,
  streamName: string,
  settings: StreamSettings,
): Promise<DurableStreamPlan[]> {
  const plans: DurableStreamPlan[] = [];
  for (const wanted of wantedStreams(streamName, settings)) {
    const { config } = wanted;
    const flaws = await findFlaws(jsm, wanted);
    if (flaws !== null) refuseUnfit(config.name, flaws, settings.allowUnsafeStream);
    const create = flaws === null ? config : null;
    plans.push({ name: config.name, create, isFit: flaws === null || flaws.length === 0 });
  }
  return plans;
}

/** Looks for the streams, and tells what is wrong with each. */
export async function inspectDurableStreams(
  jsm: JetStreamManager,
  streamName: string,
  settings: StreamSettings,
): Promise<FoundDurableStream[]> {
  const found: FoundDurableStream[] = [];
  for (const wanted of wantedStreams(streamName, settings)) {
    found.push({ name: wanted.config.name, flaws: await findFlaws(jsm, wanted) });
  }
  return found;
}

/** Whether the service does not start on a stream with such a flaw. */
export function isRefusedAt(severity: Flaw["severity"], allowUnsafeStream: boolean): boolean {
  return severity === "unusable" || (severity === "lossy" && !allowUnsafeStream);
}

/** Makes what is missing. Throws `StartupRefused` where this login may not. */
export async function applyDurableStreamPlan(
  jsm: JetStreamManager,
  plans: DurableStreamPlan[],
): Promise<void> {
  for (const { name, create } of plans) {
    if (create === null) continue;
    try {
      await jsm.streams.add({ ...create, name });
      logger.info("Stream {stream} made for {subjects}", { stream: name, ...create });
    } catch (error) {
      throw asRefusal(error, name);
    }
  }
}

async function findFlaws(jsm: JetStreamManager, wanted: WantedStream): Promise<Flaw[] | null> {
  const info = await findByName(jsm, wanted.config.name);
  return info === null ? null : flawsOf(info.config, wanted);
}

/** Throws for what is not served on, and warns of the rest. */
function refuseUnfit(name: string, flaws: Flaw[], allowUnsafeStream: boolean): void {
  const isRefused = flaws.some(({ severity }) => isRefusedAt(severity, allowUnsafeStream));
  if (isRefused) {
    const harmful = flaws.filter(({ severity }) => severity !== "tolerated");
    const problems = harmful.map(({ problem }) => problem).join("; ");
    const mends = new Set(harmful.map(({ mend }) => mend));
    throw new StartupRefused(
      `Stream "${name}" is not fit for durable commands: ${problems}. Mend it: ${
        [...mends].join("; ")
      }`,
    );
  }
  for (const { problem, mend } of flaws) {
    logger.warn("Unsafe stream {stream}: {problem}; mend it: {mend}", {
      stream: name,
      problem,
      mend,
    });
  }
}

function asRefusal(error: unknown, name: string): unknown {
  if (isPermissionViolation(error)) {
    return new StartupRefused(
      `This login may not make the stream "${name}". Run once, with an operator's login: person-service setup, with DURABLE_COMMANDS=true`,
      { cause: error },
    );
  }
  if (error instanceof JetStreamApiError && isFinal(error)) {
    return new StartupRefused(
      `The server refuses to make the stream "${name}" (error ${error.code}): ${error.message}`,
      { cause: error },
    );
  }
  return error;
}
