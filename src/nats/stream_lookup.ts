import { getLogger } from "@logtape/logtape";
import { JetStreamApiError, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import { isPermissionViolation, StartupRefused } from "./startup_refused.ts";
import { inspectStream } from "./stream_safety.ts";
import { outerPrefixesOf, type Subjects, subjectsOf } from "./subjects.ts";

const logger = getLogger(["person-service", "stream"]);

/** An id that no person has. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

const STREAM_NOT_FOUND = 10059;
const SUBJECTS_OVERLAP = 10065;

/** What of the configuration concerns the stream. */
export type StreamSettings = {
  streamName: string;
  streamNameIsDefault: boolean;
  subjectPrefix: string;
  /** 0 = never. */
  eventMaxAgeMs: number;
  streamReplicas: number;
  allowUnsafeStream: boolean;
};

/** A stream on the commands would acknowledge each of them, and its acknowledgement would be the first reply. */
export async function refuseStreamOnCommands(
  jsm: JetStreamManager,
  subjects: Subjects,
): Promise<void> {
  const [covering] = await streamsOn(jsm, subjects.commands);
  if (covering === undefined) return;
  throw new StartupRefused(
    `Stream "${covering}" covers "${subjects.commands}": callers would get its acknowledgements in place of replies. Take that subject out of the stream, or set another SUBJECT_PREFIX`,
  );
}

/** Commands to the one service would be taken by the other, too, or stored among its messages. */
export async function refuseNestedPrefix(jsm: JetStreamManager, prefix: string): Promise<void> {
  const flaw = await describeNesting(jsm, prefix);
  if (flaw === null) return;
  throw new StartupRefused(
    `SUBJECT_PREFIX ${flaw}: each would take what is the other's. Set another SUBJECT_PREFIX`,
  );
}

/** Within which other service's subjects those of this prefix are; null = of none that has a stream here. */
export async function describeNesting(
  jsm: JetStreamManager,
  prefix: string,
): Promise<string | null> {
  for (const outer of outerPrefixesOf(prefix)) {
    // Not all of its events: those of a prefix such as "hr.events" are among what "hr" would have.
    const [stream] = await streamsOn(jsm, subjectsOf(outer).eventsOf(NOBODY));
    if (stream === undefined) continue;
    return `"${prefix}" lies within the subjects of the service with the prefix "${outer}", whose events are in stream "${stream}"`;
  }
  return null;
}

/** The stream of this name; null = none. */
export async function findByName(jsm: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return null;
    throw error;
  }
}

/**
 * The stream that holds our subject under another name; null = none.
 * Throws `StartupRefused` unless it was left open which one to use and that one is safe and ours alone.
 */
export async function findBySubject(
  jsm: JetStreamManager,
  subjects: Subjects,
  settings: StreamSettings,
): Promise<StreamInfo | null> {
  const names = await streamsOn(jsm, subjects.events);
  const [name] = names;
  if (name === undefined) return null;
  const info = await jsm.streams.info(name);
  const isOurs = names.length === 1 &&
    inspectStream(info.config, subjects).dangers.length === 0;
  if (settings.streamNameIsDefault && isOurs) {
    logger.info("Stream {stream} holds {subject} already: it is used in place of {wanted}", {
      stream: name,
      subject: subjects.events,
      wanted: settings.streamName,
    });
    return info;
  }
  throw new StartupRefused(
    `Stream "${name}" holds ${
      info.config.subjects.map((subject) => `"${subject}"`).join(", ")
    } already, which overlaps "${subjects.events}" (error ${SUBJECTS_OVERLAP}). Set STREAM_NAME=${name} to use it, set another SUBJECT_PREFIX, or remove that stream`,
  );
}

async function streamsOn(jsm: JetStreamManager, subject: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const name of jsm.streams.names(subject)) names.push(name);
    return names;
  } catch (error) {
    if (!isPermissionViolation(error)) throw error;
    logger.debug("This login may not list streams: overlaps are not looked for", { subject });
    return [];
  }
}
