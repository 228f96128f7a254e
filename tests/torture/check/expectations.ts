/**
 * What is stored, against the version that its caller expected.
 *
 * @module
 */
import type { AnsweredTry, SentCommand } from "./commands.ts";
import type { PersonHistory, Version } from "./person_history.ts";
import type { Violation } from "./violation.ts";

/**
 * With `Expected-Version: n` a command may lead to version n + 1 only; a merge to that of its source. A repetition is
 * given the first outcome, whatever it expects, so it is enough that one try could have stored it.
 */
export function checkExpectedVersion(
  { commandId, hash, personIds: [personId = ""], tries }: SentCommand,
  persons: Map<string, PersonHistory>,
): Violation[] {
  const person = persons.get(personId);
  if (person === undefined || person.isBroken) return [];
  return person.versionsOf(commandId)
    .filter(({ commandHash }) => commandHash === hash)
    .flatMap((version) => {
      const able = tries.filter((each) => couldHaveStored(each, version));
      const { sequence } = version.envelope;
      const isExpected = ({ expectedVersion }: AnsweredTry) =>
        expectedVersion === null || expectedVersion === sequence - 1;
      // Without any such try it is stored although it was refused, which is found elsewhere.
      if (able.length === 0 || able.some(isExpected)) return [];
      const expected = new Set(able.map(({ expectedVersion }) => expectedVersion));
      const what = `command "${commandId}" expected version ${
        [...expected].join(", ")
      }, but led to`;
      return [{
        kind: "not the expected version",
        subject: personId,
        what: `${what} version ${sequence} at ${version.seq}`,
      }];
    });
}

/** A try that was sent after a reply had told of the version was only a repetition. */
function couldHaveStored({ sentMs, answer }: AnsweredTry, { knownByMs }: Version): boolean {
  return answer.kind !== "refused" && answer.kind !== "not stored" && sentMs <= knownByMs;
}
