/**
 * A history as a file of JSON lines: one line for each thing, under the name of what it is.
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
]);
type Line = z.infer<typeof Line>;

/** Writes the whole history. */
export async function writeHistory(path: string, history: History): Promise<void> {
  const lines = ReadableStream.from(linesOf(history)).pipeThrough(new TextEncoderStream());
  await Deno.writeFile(path, lines);
}

/** Reads what {@linkcode writeHistory} wrote, line by line: a long run's is longer than any string may be. */
export async function readHistory(path: string): Promise<History> {
  let run: Run | undefined;
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
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const line = Line.parse(JSON.parse(text));
    if ("run" in line) run = line.run;
    else if ("operation" in line) read.operations.push(line.operation);
    else if ("durable" in line) read.durable.push(line.durable);
    else if ("message" in line) read.messages.push(line.message);
    else if ("outcome" in line) read.outcomes.push(line.outcome);
    else if ("deadLetter" in line) read.deadLetters.push(line.deadLetter);
    else if ("inbox" in line) read.inbox.push(line.inbox);
    else if ("snapshot" in line) read.snapshots.push(line.snapshot);
    else read.restore = line.restore;
  }
  if (run === undefined) throw new TypeError(`There is no run in ${path}`);
  return { run, ...read };
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
}
