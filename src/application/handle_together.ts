import type { Instant } from "../domain/values.ts";
import { StoreUnavailable } from "./failures.ts";
import { type CommandDependencies, type CommandResult, handleCommand } from "./handle_command.ts";
import { judgeCommand } from "./judge_command.ts";
import { load, recall, reload } from "./known_persons.ts";
import { fold, type LoadedPerson, outcomeOf } from "./loaded_person.ts";
import type { Append, Deadline, PendingEvent, StoredEvent } from "./ports.ts";
import type { PersonQueues } from "./person_queues.ts";
import { personIdsOf, type ReceivedCommand } from "./received_command.ts";

/** A command whose turn it is, and where its answer goes. */
export type WaitingCommand = {
  received: ReceivedCommand;
  deadline: Deadline;
  resolve: (result: CommandResult) => void;
  reject: (failure: unknown) => void;
};

/**
 * Handles a command when it is its turn for all its persons, together with those of its only person that wait behind it.
 * Rejects as `handleCommand`, and with `Overloaded`.
 */
export function handleInTurn(
  received: ReceivedCommand,
  deadline: Deadline,
  queues: PersonQueues<WaitingCommand>,
  deps: CommandDependencies,
): Promise<CommandResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const command = { received, deadline, resolve, reject };
  const personIds = personIdsOf(received.command);
  queues.run(
    personIds,
    received.bytes,
    deadline,
    (joined) => answerInOrder([command, ...joined], deps),
    command,
  ).catch(reject);
  return promise;
}

/** With less time left, a command takes no part in what may have to be tried again. */
const LEAST_LEFT_MS = 1_000;

/**
 * Answers commands of one person in their order. Several are decided one after the other on the state that the ones
 * before them make, and stored all together; where that fails, one by one. Rejects for a defect only.
 */
async function answerInOrder(
  commands: [WaitingCommand, ...WaitingCommand[]],
  deps: CommandDependencies,
): Promise<void> {
  if (commands.length > 1 && await answerTogether(commands, deps)) return;
  for (const { received, deadline, resolve, reject } of commands) {
    await handleCommand(received, deadline, deps).then(resolve, reject);
  }
}

/** What becomes of a command when everything planned is stored: the event with this number, or an answer known now. */
type Planned = { event: number } | { result: CommandResult };

type Plan = { events: PendingEvent[]; planned: Planned[] };

/** Whether all are answered: else nothing of them is stored, or what is stored is known to the person again. */
async function answerTogether(
  commands: [WaitingCommand, ...WaitingCommand[]],
  deps: CommandDependencies,
): Promise<boolean> {
  const [{ received: first }] = commands;
  const deadline = Math.min(...commands.map((command) => command.deadline));
  if (deadline - deps.clock.monotonicMs() < LEAST_LEFT_MS) return false;
  let plan: Plan | undefined;
  try {
    const recalled = await recall(first, deadline, deps);
    let [person] = recalled.loaded;
    if (await hasPastOnes(commands, person, deadline, deps)) return false;
    plan = makePlan(commands, person, deps.clock.now());
    if (plan.events.length === 0 && !recalled.vouched) {
      // What this process remembers may be out of date: a refusal needs the leader's word.
      [person] = (await load(first, deadline, deps)).loaded;
      if (await hasPastOnes(commands, person, deadline, deps)) return false;
      plan = makePlan(commands, person, deps.clock.now());
    }
    const stored = await store(plan.events, deadline, deps);
    if ("events" in stored) {
      recordAll(stored.events, person, deps);
      answer(commands, plan.planned, stored.events);
      return true;
    }
    await reload(first, stored.unclear, deadline, deps);
    return false;
  } catch (error) {
    if (!(error instanceof StoreUnavailable) || error.outcome === "not stored") return false;
    rejectUnknown(commands, plan, error);
    return true;
  }
}

/** Whether one was accepted when it was delivered before, and its person forgot that. */
async function hasPastOnes(
  commands: WaitingCommand[],
  person: LoadedPerson,
  deadline: Deadline,
  { past, stores }: CommandDependencies,
): Promise<boolean> {
  for (const { received } of commands) {
    if (received.publishedAt === undefined) continue;
    if (await past.find(received, person, stores.events, deadline) !== undefined) return true;
  }
  return false;
}

/** Decides each command on the state that the ones before it make. */
function makePlan(commands: WaitingCommand[], person: LoadedPerson, now: Instant): Plan {
  const events: PendingEvent[] = [];
  let state = person;
  const planned = commands.map(({ received }): Planned => {
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

async function store(
  [first, ...others]: PendingEvent[],
  deadline: Deadline,
  { stores }: CommandDependencies,
): Promise<{ events: StoredEvent[] } | { unclear: boolean }> {
  if (first === undefined) return { events: [] };
  const append: Append = [first, ...others];
  const result = await stores.events.append(append, deadline);
  if (result.outcome === "stored") return result;
  return { unclear: result.outcome === "conflict" && result.unclear };
}

function recordAll(
  events: StoredEvent[],
  person: LoadedPerson,
  { cache, onStored }: CommandDependencies,
): void {
  let state = person;
  for (const stored of events) {
    state = fold(state, stored);
    onStored(state);
  }
  if (events.length > 0) cache.set(state);
}

/** Refusals are told only now: what they were decided on is stored, and so the leader vouched for it. */
function answer(commands: WaitingCommand[], planned: Planned[], events: StoredEvent[]): void {
  commands.forEach(({ resolve, reject }, index) => {
    const outcome = planned[index];
    if (outcome === undefined) return reject(new Error("A command was not decided"));
    if ("result" in outcome) return resolve(outcome.result);
    const event = events[outcome.event];
    if (event === undefined) return reject(new Error("An event was not stored"));
    resolve({ accepted: outcomeOf(event) });
  });
}

/** Of what was refused nothing can be stored; the refusal itself was decided on a state that may never be. */
function rejectUnknown(
  commands: WaitingCommand[],
  plan: Plan | undefined,
  error: StoreUnavailable,
): void {
  const notStored = new StoreUnavailable(error.message, "not stored", { cause: error });
  commands.forEach(({ resolve, reject }, index) => {
    const outcome = plan?.planned[index];
    if (outcome === undefined || "event" in outcome) reject(error);
    else if ("accepted" in outcome.result) resolve(outcome.result);
    else reject(notStored);
  });
}
