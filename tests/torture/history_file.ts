/**
 * A history as a file of JSON lines: one line for each thing, under the name of what it is.
 *
 * @module
 */
import { z } from "zod";
import { type History, Message, Operation, Restore, Run, SnapshotEntry } from "./history.ts";

const Line = z.union([
  z.strictObject({ run: Run }),
  z.strictObject({ operation: Operation }),
  z.strictObject({ message: Message }),
  z.strictObject({ snapshot: SnapshotEntry }),
  z.strictObject({ restore: Restore }),
]);
type Line = z.infer<typeof Line>;

/** Writes the whole history. */
export async function writeHistory(path: string, history: History): Promise<void> {
  const lines = ReadableStream.from(linesOf(history)).pipeThrough(new TextEncoderStream());
  await Deno.writeFile(path, lines);
}

/** Reads what {@linkcode writeHistory} wrote. */
export async function readHistory(path: string): Promise<History> {
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n")
    .map((line) => Line.parse(JSON.parse(line)));
  const [run] = lines.flatMap((line) => "run" in line ? line.run : []);
  if (run === undefined) throw new TypeError(`There is no run in ${path}`);
  return {
    run,
    operations: lines.flatMap((line) => "operation" in line ? line.operation : []),
    messages: lines.flatMap((line) => "message" in line ? line.message : []),
    snapshots: lines.flatMap((line) => "snapshot" in line ? line.snapshot : []),
    restore: lines.flatMap((line) => "restore" in line ? line.restore : [])[0] ?? null,
  };
}

function* linesOf(history: History): Generator<string> {
  const toLine = (line: Line) => `${JSON.stringify(line)}\n`;
  yield toLine({ run: history.run });
  for (const operation of history.operations) yield toLine({ operation });
  for (const message of history.messages) yield toLine({ message });
  for (const snapshot of history.snapshots) yield toLine({ snapshot });
  if (history.restore !== null) yield toLine({ restore: history.restore });
}
