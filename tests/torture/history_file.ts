/**
 * A history as a file of JSON lines: one line for each thing, under the name of what it is, and in the end how many
 * there are, for what is missing breaks no promise.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import {
  DurableOperation,
  type History,
  Message,
  Operation,
  Restore,
  Run,
  SnapshotEntry,
} from "./history.ts";

/** How many lines there are of each kind, but for the one of the run. */
const Counts = z.strictObject({
  operation: z.int(),
  durable: z.int(),
  message: z.int(),
  outcome: z.int(),
  deadLetter: z.int(),
  inbox: z.int(),
  snapshot: z.int(),
  restore: z.int(),
});
type Counts = z.infer<typeof Counts>;

const Line = z.union([
  z.strictObject({ run: Run }),
  z.strictObject({ operation: Operation }),
  z.strictObject({ durable: DurableOperation }),
  z.strictObject({ message: Message }),
  z.strictObject({ outcome: Message }),
  z.strictObject({ deadLetter: Message }),
  z.strictObject({ inbox: Message }),
  z.strictObject({ snapshot: SnapshotEntry }),
  z.strictObject({ restore: Restore }),
  z.strictObject({ counts: Counts }),
]);
type Line = z.infer<typeof Line>;

/** The file is no history, or not a whole one; the message is one line for the user. */
export class BadHistoryFile extends Error {
  /** Tells this class apart. */
  override name = "BadHistoryFile";
}

/** Writes the whole history. */
export async function writeHistory(path: string, history: History): Promise<void> {
  const lines = ReadableStream.from(linesOf(history)).pipeThrough(new TextEncoderStream());
  await Deno.writeFile(path, lines);
}

/**
 * Reads what {@linkcode writeHistory} wrote, line by line: a long run's is longer than any string may be.
 *
 * @throws {BadHistoryFile} for a file that can't be read, is something else, or lacks a part
 */
export async function readHistory(path: string): Promise<History> {
  await checkReadable(path);
  let run: Run | undefined;
  let counts: Counts | undefined;
  const read: Omit<History, "run"> = {
    operations: [],
    durable: [],
    messages: [],
    outcomes: [],
    deadLetters: [],
    inbox: [],
    snapshots: [],
    restore: null,
  };
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const line = readLine(text, `${path}, line ${++number}`);
    if (counts !== undefined) throw new BadHistoryFile(`${path} goes on behind its counts`);
    if ("run" in line) run = line.run;
    else if ("counts" in line) counts = line.counts;
    else add(line, read);
  }
  checkWhole(path, counts, countsOf(read));
  if (run === undefined) throw new BadHistoryFile(`${path} does not tell of which run it is`);
  return { run, ...read };
}

async function checkReadable(path: string): Promise<void> {
  try {
    using file = await Deno.open(path);
    if (!(await file.stat()).isDirectory) return;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new BadHistoryFile(`There is no file ${path}`, { cause });
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BadHistoryFile(`Cannot read ${path}: ${why}`, { cause });
  }
  throw new BadHistoryFile(`${path} is a folder, not a history that a run kept`);
}

function readLine(text: string, place: string): Line {
  try {
    return Line.parse(JSON.parse(text));
  } catch (cause) {
    throw new BadHistoryFile(`${place}: not of a history that a run kept, or cut off`, { cause });
  }
}

function add(
  line: Exclude<Line, { run: unknown } | { counts: unknown }>,
  read: Omit<History, "run">,
): void {
  if ("operation" in line) read.operations.push(line.operation);
  else if ("durable" in line) read.durable.push(line.durable);
  else if ("message" in line) read.messages.push(line.message);
  else if ("outcome" in line) read.outcomes.push(line.outcome);
  else if ("deadLetter" in line) read.deadLetters.push(line.deadLetter);
  else if ("inbox" in line) read.inbox.push(line.inbox);
  else if ("snapshot" in line) read.snapshots.push(line.snapshot);
  else read.restore = line.restore;
}

function checkWhole(path: string, written: Counts | undefined, found: Counts): void {
  if (written === undefined) {
    throw new BadHistoryFile(`${path} ends without its counts: it was cut off`);
  }
  const kinds = Counts.keyof().options;
  const differing = kinds.filter((kind) => found[kind] !== written[kind])
    .map((kind) => `${found[kind]} of ${written[kind]} ${kind} lines`);
  if (differing.length === 0) return;
  throw new BadHistoryFile(`${path} is not what was written: it has ${differing.join(", ")}`);
}

function countsOf(history: Omit<History, "run">): Counts {
  return {
    operation: history.operations.length,
    durable: history.durable.length,
    message: history.messages.length,
    outcome: history.outcomes.length,
    deadLetter: history.deadLetters.length,
    inbox: history.inbox.length,
    snapshot: history.snapshots.length,
    restore: history.restore === null ? 0 : 1,
  };
}

function* linesOf(history: History): Generator<string> {
  const toLine = (line: Line) => `${JSON.stringify(line)}\n`;
  yield toLine({ run: history.run });
  for (const operation of history.operations) yield toLine({ operation });
  for (const durable of history.durable) yield toLine({ durable });
  for (const message of history.messages) yield toLine({ message });
  for (const outcome of history.outcomes) yield toLine({ outcome });
  for (const deadLetter of history.deadLetters) yield toLine({ deadLetter });
  for (const inbox of history.inbox) yield toLine({ inbox });
  for (const snapshot of history.snapshots) yield toLine({ snapshot });
  if (history.restore !== null) yield toLine({ restore: history.restore });
  yield toLine({ counts: countsOf(history) });
}
