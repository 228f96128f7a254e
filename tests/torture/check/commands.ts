import { PersonCommand, writeCommand } from "../../../src/domain/commands.ts";
import type { Operation, Try } from "../history.ts";
import { canonicalJson, sha256 } from "./canonical_json.ts";
import { type Answer, readAnswer } from "./replies.ts";

/** A try, with its reply understood. */
export type AnsweredTry = Pick<Try, "sentMs" | "answeredMs"> & {
  answer: Answer;
  expectedVersion: number | null;
};

/** A command with all the times it was sent: the same persons, id and payload. */
export type SentCommand = {
  commandId: string;
  /** null: no command by the rules of wire.md, whatever the state. */
  command: PersonCommand | null;
  hash: string;
  /** Whose events it may store; of a merge the source comes first. */
  personIds: string[];
  tries: AnsweredTry[];
  /** Before this time nothing of it can have been stored. */
  firstSentMs: number;
};

/** The commands that were sent, each once, found by person and id. */
export class SentCommands {
  /** In the order in which they were first sent. */
  readonly all: SentCommand[] = [];
  readonly #byPersonAndId = new Map<string, SentCommand[]>();

  /** Reads and groups operations. */
  constructor(operations: Operation[]) {
    const known = new Map<string, SentCommand>();
    for (const operation of operations) {
      const sent = read(operation);
      const key = `${sent.personIds[0]}/${sent.commandId}/${sent.hash}`;
      const same = known.get(key);
      if (same === undefined) {
        known.set(key, sent);
        this.#add(sent);
      } else {
        same.tries.push(...sent.tries);
        same.firstSentMs = Math.min(same.firstSentMs, sent.firstSentMs);
      }
    }
  }

  /** The commands with this id that concern the person; more than one where the id was used for several. */
  find(personId: string, commandId: string): SentCommand[] {
    return this.#byPersonAndId.get(`${personId}/${commandId}`) ?? [];
  }

  #add(sent: SentCommand): void {
    this.all.push(sent);
    for (const personId of new Set(sent.personIds)) {
      const key = `${personId}/${sent.commandId}`;
      const others = this.#byPersonAndId.get(key);
      if (others === undefined) this.#byPersonAndId.set(key, [sent]);
      else others.push(sent);
    }
  }
}

function read({ commandId, command: json, expectedVersion, tries }: Operation): SentCommand {
  const { data: command = null } = PersonCommand.safeParse(json);
  const canonical = canonicalJson(command === null ? json : writeCommand(command));
  return {
    commandId,
    command,
    hash: sha256(canonical),
    personIds: command === null ? [] : personIdsOf(command),
    tries: tries.map(({ sentMs, answeredMs, reply }) => ({
      sentMs,
      answeredMs,
      answer: readAnswer(reply),
      expectedVersion,
    })),
    firstSentMs: Math.min(...tries.map(({ sentMs }) => sentMs)),
  };
}

function personIdsOf(command: PersonCommand): string[] {
  return command.type === "MergePersons"
    ? [command.data.source_person_id, command.data.target_person_id]
    : [command.data.person_id];
}
