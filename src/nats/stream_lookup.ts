import { getLogger } from "@logtape/logtape";
import { JetStreamApiError, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import { isPermissionViolation, StartupRefused } from "./startup_refused.ts";
import { inspectStream } from "./stream_safety.ts";
import { outerPrefixesOf, streamsBeside, type Subjects, subjectsOf } from "./subjects.ts";

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

/** What of the configuration says which subjects and streams are a service's own. */
export type PrefixSettings = Pick<StreamSettings, "subjectPrefix" | "streamName">;

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
export async function refuseNestedPrefix(
  jsm: JetStreamManager,
  settings: PrefixSettings,
): Promise<void> {
  const flaw = await describeNesting(jsm, settings);
  if (flaw === null) return;
  throw new StartupRefused(
    `SUBJECT_PREFIX ${flaw}: each would take what is the other's. Set another SUBJECT_PREFIX`,
  );
}

/** Which streams lie around the subjects of this prefix, or among them, and are not its own; null = none. */
export async function describeNesting(
  jsm: JetStreamManager,
  settings: PrefixSettings,
): Promise<string | null> {
  const [around, among] = await Promise.all([
    describeAround(jsm, settings.subjectPrefix),
    describeAmong(jsm, settings),
  ]);
  return around ?? among;
}

async function describeAround(jsm: JetStreamManager, prefix: string): Promise<string | null> {
  const flaws = await Promise.all(
    outerPrefixesOf(prefix).map(async (outer) => {
      // Not all of its events: those of a prefix such as "hr.events" are among what "hr" would have.
      const [stream] = await streamsOn(jsm, subjectsOf(outer).eventsOf(NOBODY));
      if (stream === undefined) return null;
      return `"${prefix}" lies within the subjects of the service with the prefix "${outer}", whose events are in stream "${stream}"`;
    }),
  );
  return flaws.find((flaw) => flaw !== null) ?? null;
}

/** Also without durable commands: a service such as "hr.inbox" would be refused beside this one at its next start. */
async function describeAmong(
  jsm: JetStreamManager,
  { subjectPrefix, streamName }: PrefixSettings,
): Promise<string | null> {
  const { events, inbox, outcomes, deadLetters } = subjectsOf(subjectPrefix);
  const [adopted, ...found] = await Promise.all(
    [events, inbox, outcomes, deadLetters].map((subject) => streamsOn(jsm, subject)),
  );
  // What else is wrong with those on the events is judged where they are looked at.
  const known = [streamName, ...adopted ?? []];
  const own = new Set(known.flatMap((name) => [name, ...streamsBeside(name)]));
  const foreign = found.flat().find((name) => !own.has(name));
  if (foreign === undefined) return null;
  return `"${subjectPrefix}" has subjects of stream "${foreign}" among its own: "${inbox}", "${outcomes}" and "${deadLetters}" are for streams named after that of its events, "${streamName}_INBOX" for one`;
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
