/**
 * `person-service dlq`: what came into the inbox and was no command.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import { type Config, loadConfig } from "../config.ts";
import { unreachable } from "../domain/values.ts";
import {
  DeadLetterBox,
  findDeadLetterStream,
  type StoredLetter,
} from "../nats/inbox/dead_letter_box.ts";
import { durableStreamsOf, subjectsOf } from "../nats/subjects.ts";
import { UsageError } from "./arguments.ts";
import { withDevServer } from "./dev_server.ts";
import { actOn } from "./dlq/act.ts";
import { describe, jsonOf, tableOf } from "./dlq/report.ts";
import { readWish, type Wish } from "./dlq/wish.ts";
import { withJetStream } from "./with_jetstream.ts";

/**
 * Runs the command with its arguments and resolves to its exit status.
 *
 * @throws {UsageError} for arguments that can't be understood
 * @throws {ConfigError} for a wrong setting
 * @throws {Unanswered} where NATS or JetStream can't be reached
 * @throws {StartupRefused} for a permission that this login lacks
 */
export async function dlq(
  args: string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  const wish = readWish(args);
  const config = loadConfig(await withDevServer(env));
  return await withJetStream(config, "person-service dlq", async (nc, jsm) => {
    const subjects = subjectsOf(config.subjectPrefix);
    const stream = await findDeadLetterStream(jsm, subjects, config);
    if (stream === null) return refuseMissing(config);
    const box = new DeadLetterBox(nc, jsm, stream, subjects);
    const chosen = await choose(box, wish);
    for (const sequence of chosen.missing) console.error(`There is no dead letter ${sequence}`);
    const status = await carryOut(box, wish, chosen);
    return chosen.missing.length > 0 && status === 0 ? 1 : status;
  });
}

function refuseMissing(config: Config): number {
  const { deadLetters } = durableStreamsOf(config.streamName);
  console.error(
    `There is no stream "${deadLetters}": check STREAM_NAME and SUBJECT_PREFIX, or set durable commands up with DURABLE_COMMANDS=true person-service setup`,
  );
  return 1;
}

/** The letters that are meant, and the sequences at which there is none. */
type Chosen = { letters: StoredLetter[]; missing: number[] };

async function choose(box: DeadLetterBox, { sequences, filter }: Wish): Promise<Chosen> {
  const letters: StoredLetter[] = [];
  const missing: number[] = [];
  for (const sequence of sequences) {
    const letter = await box.readAt(sequence);
    if (letter === null) missing.push(sequence);
    else letters.push(letter);
  }
  if (sequences.length > 0) return { letters, missing };
  for await (const letter of box.readAll()) if (filter(letter)) letters.push(letter);
  return { letters, missing };
}

async function carryOut(
  box: DeadLetterBox,
  { action, sequences, confirmed, json }: Wish,
  { letters, missing }: Chosen,
): Promise<number> {
  switch (action) {
    case "list":
      console.log(listOf(letters, json));
      return 0;
    case "show":
      if (letters.length === 0 && sequences.length > 0 && !json) return 1;
      console.log(
        json || letters.length === 0 ? listOf(letters, json) : letters.map(describe).join("\n\n"),
      );
      return 0;
    case "retry":
    case "drop":
      if (letters.length === 0 && sequences.length === 0) {
        console.log(listOf(letters, json));
        return 0;
      }
      if (sequences.length === 0 && !confirmed) {
        console.log(listOf(letters, json));
        throw new UsageError(`${letters.length} letters are meant; add --yes to ${action} them`);
      }
      return await actOn(letters, box, { action, missing, json });
    default:
      return unreachable(action);
  }
}

function listOf(letters: StoredLetter[], json: boolean): string {
  return json ? JSON.stringify(letters.map(jsonOf), null, 2) : tableOf(letters);
}
