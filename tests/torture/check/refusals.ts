/**
 * Refusals, against the states that were committed while they may have been decided.
 *
 * @module
 */
import { z } from "zod";
import { decide, type Rejection } from "../../../src/domain/decide.ts";
import type { Doubt } from "../history.ts";
import type { AnsweredTry, SentCommand } from "./commands.ts";
import { PersonHistory } from "./person_history.ts";
import type { Failed } from "./replies.ts";
import type { Violation, ViolationKind } from "./violation.ts";

/**
 * Versions that have to have been current before it gives up for others' changes. It does after 11 conflicts
 * (MAX_CONFLICT_RETRIES is 10), but a batch with such a change may count for one, and so may a leader that was replaced.
 */
const CHANGES_BEFORE_REFUSAL = 6;

/** Leaders that may have told of old states. */
export type Staleness = { staleReadMs: number; doubts: Doubt[] };

const VersionDetails = z.object({ expected_version: z.int(), actual_version: z.int() });

/** Looks for the state that each refusal was decided on. */
export class RefusalCheck {
  readonly #persons: Map<string, PersonHistory>;
  readonly #staleness: Staleness;

  /**
   * Checks nothing yet.
   * @param persons as the whole stream tells them, with the times at which replies told of them
   */
  constructor(persons: Map<string, PersonHistory>, staleness: Staleness) {
    this.#persons = persons;
    this.#staleness = staleness;
  }

  /** What is wrong with a command's refusals. */
  check(sent: SentCommand): Violation[] {
    return sent.tries.flatMap((attempt) =>
      attempt.answer.kind === "refused"
        ? this.#checkRefusal(sent, attempt, attempt.answer.failed)
        : []
    );
  }

  #checkRefusal(sent: SentCommand, attempt: AnsweredTry, failed: Failed): Violation[] {
    const subject = sent.personIds[0] ?? "";
    const violation = (kind: ViolationKind, why: string): Violation[] => {
      const what = `command "${sent.commandId}": ${failed.error.code}, ${failed.error.message}`;
      return [{ kind, subject, what: `${what}: ${why}` }];
    };
    const { code } = failed.error;
    if (sent.command === null) {
      if (["ParseError", "ValidationError"].includes(code)) return [];
      return violation("unexplained refusal", "the command is no command in any state");
    }
    const person = this.#person(subject);
    if (person.isBroken) return [];
    if (code === "IdempotencyConflict") {
      const isKnown = sent.personIds.some((id) =>
        this.#person(id).versionsOf(sent.commandId).some(({ commandHash, possibleFromMs }) =>
          commandHash !== sent.hash && possibleFromMs <= attempt.answeredMs
        )
      );
      return isKnown ? [] : violation("unexplained refusal", "the id is of no other command");
    }
    const version = failed.version ?? 0;
    const earlier = person.memoryOf(sent.commandId, version);
    if (earlier !== undefined) {
      const what = `the same id led to version ${earlier.envelope.sequence} before`;
      return violation("id answered differently", what);
    }
    const { first, last } = this.#current(subject, attempt);
    if (version < first || version > last) {
      return violation("unexplained refusal", `the version then was ${first} to ${last}`);
    }
    const why = this.#whyNot(sent, attempt, failed, version);
    return why === null ? [] : violation("unexplained refusal", why);
  }

  /** Why the state at the version does not lead to the refusal; null where it does. */
  #whyNot(
    sent: SentCommand,
    attempt: AnsweredTry,
    { error }: Failed,
    version: number,
  ): string | null {
    const { expectedVersion } = attempt;
    if (expectedVersion !== null && expectedVersion !== version) {
      const { data: details } = VersionDetails.safeParse(error.details);
      return error.code === "ConcurrencyConflict" &&
          details?.expected_version === expectedVersion && details.actual_version === version
        ? null
        : `version ${expectedVersion} was expected, and ${version} found`;
    }
    if (error.code === "ConcurrencyConflict") {
      const changes = sent.personIds.map((id) => {
        const { first, last } = this.#current(id, attempt);
        return last - first + 1;
      }).reduce((sum, count) => sum + count, 0);
      return changes >= CHANGES_BEFORE_REFUSAL
        ? null
        : `only ${changes} versions were current meanwhile`;
    }
    const leadsToIt = this.#rejections(sent, attempt, version).some((rejected) =>
      rejected.code === error.code && rejected.message === error.message
    );
    return leadsToIt ? null : `version ${version} does not lead to it`;
  }

  /** What the command is refused with on the person's version, on each state the target may have had. */
  *#rejections(
    { command, personIds: [personId = "", targetId] }: SentCommand,
    attempt: AnsweredTry,
    version: number,
  ): Generator<Rejection> {
    if (command === null) return;
    const person = this.#person(personId);
    const state = person.stateAt(version);
    // Only its day counts, and no command of the harness names a day near today.
    const now = person.at(version)?.envelope.timestamp ?? ANY_DAY;
    const context = { now, stateBytes: 0 };
    if (targetId === undefined) {
      const decision = decide(command, state, context);
      if ("rejected" in decision) yield decision.rejected;
      return;
    }
    const { first, last } = this.#current(targetId, attempt);
    for (let targets = first; targets <= last; targets++) {
      const target = this.#person(targetId).stateAt(targets);
      const decision = decide(command, state, { ...context, target });
      if ("rejected" in decision) yield decision.rejected;
    }
  }

  /** The versions of a person that a leader may have vouched for while the try was handled. */
  #current(personId: string, { sentMs, answeredMs }: AnsweredTry): { first: number; last: number } {
    const { staleReadMs, doubts } = this.#staleness;
    const earliestMs = sentMs - staleReadMs;
    const inDoubt = doubts.filter(({ fromMs, toMs }) => fromMs <= answeredMs && toMs >= earliestMs);
    const fromMs = Math.min(earliestMs, ...inDoubt.map((doubt) => doubt.fromMs));
    return this.#person(personId).currentBetween(fromMs, answeredMs);
  }

  #person(personId: string): PersonHistory {
    return this.#persons.get(personId) ?? NOBODY;
  }
}

const ANY_DAY = "2026-01-01T00:00:00.000Z";
const NOBODY = new PersonHistory();
