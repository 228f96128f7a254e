import type { Instant } from "../domain/values.ts";
import { judgeCommand } from "./judge_command.ts";
import { fold, type LoadedPerson } from "./loaded_person.ts";
import type { CommandResult } from "./handle_command.ts";
import type { PendingEvent, StoredEvent } from "./ports.ts";
import type { ReceivedCommand } from "./received_command.ts";

/** What becomes of a command when everything planned is stored: the event with this number, or an answer known now. */
export type Planned = { event: number } | { result: CommandResult };

/** What is to be stored, and what becomes of each command. */
export type Plan = { events: PendingEvent[]; planned: Planned[] };

/** Decides each command on the state that the ones before it make. */
export function makePlan(commands: ReceivedCommand[], person: LoadedPerson, now: Instant): Plan {
  const events: PendingEvent[] = [];
  let state = person;
  const planned = commands.map((received): Planned => {
    const verdict = judgeCommand(received, [state], now);
    if ("repeated" in verdict) {
      const event = events.findIndex(({ envelope }) =>
        envelope.causation_id === received.commandId
      );
      return event === -1 ? { result: { accepted: verdict.repeated } } : { event };
    }
    if ("outdated" in verdict) throw new Error("A command of two persons is handled by itself");
    if ("refused" in verdict) return { result: verdict };
    const [pending] = verdict.pending;
    state = fold(state, provisional(pending, state, received.bytes));
    events.push(events.length === 0 ? pending : { ...pending, expectedHead: null });
    return { event: events.length - 1 };
  });
  return { events, planned };
}

/** The event as if it were stored right behind its person's head. */
function provisional(
  { envelope, commandHash }: PendingEvent,
  { head: previousSequence }: LoadedPerson,
  bytes: number,
): StoredEvent {
  const streamSequence = previousSequence + 1;
  return { envelope, streamSequence, previousSequence, commandHash, eventHash: "", bytes };
}
