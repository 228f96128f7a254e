/**
 * What callers were told of stored events, against the events.
 *
 * @module
 */
import type { SentCommand, SentCommands } from "./commands.ts";
import type { PersonHistory, Version } from "./person_history.ts";
import type { Accepted } from "./replies.ts";
import type { Violation, ViolationKind } from "./violation.ts";

/** Acknowledged: stored, once, as told. Refused or not stored by every reply: not stored. Unknown: as may be. */
export function checkOutcome(
  sent: SentCommand,
  persons: Map<string, PersonHistory>,
): Violation[] {
  const personId = sent.personIds[0] ?? "";
  const violation = (kind: ViolationKind, what: string): Violation => ({
    kind,
    subject: personId,
    what: `command "${sent.commandId}" (${sent.command?.type ?? "invalid"}): ${what}`,
  });
  const versions = persons.get(personId)?.versionsOf(sent.commandId) ?? [];
  const stored = versions.filter(({ commandHash }) => commandHash === sent.hash);
  const answers = sent.tries.map(({ answer }) => answer);
  const accepted = answers.flatMap((answer) => answer.kind === "accepted" ? answer.accepted : []);
  const isUnclear = answers.some(({ kind }) =>
    ["unknown", "internal failure", "malformed"].includes(kind)
  );
  const violations: Violation[] = [];
  for (const answer of answers) {
    if (answer.kind === "malformed") violations.push(violation("malformed reply", "not a reply"));
    if (answer.kind === "internal failure") {
      violations.push(violation("internal failure", answer.failed.error.message));
    }
  }
  if (accepted.length === 0 && stored.length > 0 && !isUnclear) {
    const at = stored.map(({ seq }) => seq).join(", ");
    violations.push(violation("refused but stored", `every reply says no, but it is at ${at}`));
  }
  for (const reply of accepted) {
    if (stored.length === 0) {
      const what = `acknowledged as version ${reply.version}, but not in the stream`;
      violations.push(violation("lost acknowledgement", what));
    } else if (!stored.some((version) => isTrue(reply, personId, version))) {
      const truth = stored.map(({ envelope, seq }) => `version ${envelope.sequence} at ${seq}`);
      const what = `told ${JSON.stringify(reply)}, but is ${truth.join(", ")}`;
      violations.push(violation("wrong acknowledgement", what));
    }
  }
  return violations;
}

/** In the end every command has to be answered, for each was sent until it was. */
export function checkAnswered({ all }: SentCommands): Violation[] {
  return all.filter(({ tries }) => tries.every(({ answer }) => answer.kind === "unknown"))
    .map(({ commandId, personIds }) => ({
      kind: "never answered",
      subject: personIds[0] ?? "",
      what: `command "${commandId}": no reply settled it`,
    }));
}

/** A merge stores the source's event and right after it the target's. */
function isTrue(reply: Accepted, personId: string, { seq, envelope }: Version): boolean {
  const events = envelope.event.type === "PersonMergedInto" ? 2 : 1;
  return reply.aggregate_id === personId && reply.version === envelope.sequence &&
    reply.events_generated === events && reply.stream_sequence === seq + events - 1;
}
