import { StoreUnavailable } from "./failures.ts";
import { type CommandDependencies, type CommandResult, handleCommand } from "./handle_command.ts";
import { load, recall } from "./known_persons.ts";
import { fold, type LoadedPerson, outcomeOf } from "./loaded_person.ts";
import { makePlan, type Plan, type Planned } from "./plan_together.ts";
import type { Append, Deadline, Head, PendingEvent, StoredEvent } from "./ports.ts";
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
    (joined) =>
      joined.length === 0 ? answerOne(command, deps) : answerInOrder([command, ...joined], deps),
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
  if (await answerTogether(commands, deps)) return;
  for (const command of commands) await answerOne(command, deps);
}

function answerOne(
  { received, deadline, resolve, reject }: WaitingCommand,
  deps: CommandDependencies,
): Promise<void> {
  return handleCommand(received, deadline, deps).then(resolve, reject);
}

/** Whether all are answered: else nothing of them is stored, or what is stored is known to the person again. */
async function answerTogether(
  commands: [WaitingCommand, ...WaitingCommand[]],
  deps: CommandDependencies,
): Promise<boolean> {
  const [{ received: first }] = commands;
  const received = commands.map((command) => command.received);
  const deadline = Math.min(...commands.map((command) => command.deadline));
  if (deadline - deps.clock.monotonicMs() < LEAST_LEFT_MS) return false;
  let plan: Plan | undefined;
  try {
    const recalled = recall(first, deps) ?? await load(first, deadline, deps);
    let [person] = recalled.loaded;
    if (await hasPastOnes(received, person, deadline, deps)) return false;
    plan = makePlan(received, person, deps.clock.now());
    if (plan.events.length === 0 && !recalled.vouched) {
      // What this process remembers may be out of date: a refusal needs the leader's word.
      [person] = (await load(first, deadline, deps)).loaded;
      if (await hasPastOnes(received, person, deadline, deps)) return false;
      plan = makePlan(received, person, deps.clock.now());
    }
    if (plan.events.length > 0) await ensureNoneRefused(received, deadline);
    const stored = await store(plan.events, deadline, deps);
    if ("events" in stored) {
      recordAll(stored.events, person, deps);
      answer(commands, plan.planned, stored.events);
      return true;
    }
    await load(first, deadline, deps, stored.heads);
    return false;
  } catch (error) {
    if (!(error instanceof StoreUnavailable) || error.outcome === "not stored") return false;
    rejectUnknown(commands, plan, error);
    return true;
  }
}

async function ensureNoneRefused(commands: ReceivedCommand[], deadline: Deadline): Promise<void> {
  const checks = commands.flatMap(({ ensureNotRefused }) => ensureNotRefused ?? []);
  if (checks.length > 0) await Promise.all(checks.map((check) => check(deadline)));
}

/** Whether one was accepted when it was delivered before, and its person forgot that. */
async function hasPastOnes(
  commands: ReceivedCommand[],
  person: LoadedPerson,
  deadline: Deadline,
  { past, stores }: CommandDependencies,
): Promise<boolean> {
  for (const received of commands) {
    if (received.publishedAt === undefined) continue;
    if (await past.find(received, person, stores.events, deadline) !== undefined) return true;
  }
  return false;
}

async function store(
  [first, ...others]: PendingEvent[],
  deadline: Deadline,
  { stores }: CommandDependencies,
): Promise<{ events: StoredEvent[] } | { heads?: Head[] }> {
  if (first === undefined) return { events: [] };
  const append: Append = [first, ...others];
  const result = await stores.events.append(append, deadline);
  return result.outcome === "duplicate" ? {} : result;
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
