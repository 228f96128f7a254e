import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { handleCommand } from "../../src/application/handle_command.ts";
import { handleInTurn } from "../../src/application/handle_together.ts";
import { FIXED_QUEUE_LIMITS, PersonQueues } from "../../src/application/person_queues.ts";
import type { CommandOutcome, EventStore } from "../../src/application/ports.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";
import {
  altered,
  fixedClock,
  received,
  sendableCommand,
  TestApplication,
} from "../support/test_application.ts";
import type { ReceivedCommand } from "../../src/application/received_command.ts";

/** Commands for two persons, each to one of three instances; some are sent to several, as a caller does who is in doubt. */
const mix = fc.array(
  fc.record({
    command: sendableCommand,
    instances: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 2 }),
  }),
  { minLength: 2, maxLength: 15 },
);

/** So many that those of one person are decided together; each is sent to one of two instances, or to both. */
const crowd = fc.array(
  fc.record({
    command: sendableCommand,
    instances: fc.constantFrom<number[]>([0], [0], [0], [0], [1], [0, 1]),
  }),
  { minLength: 20, maxLength: 60 },
);

Deno.test("handleCommand: given any commands to several instances at once, when all are answered, then the accepted ones come to the same one after the other", async () => {
  for (const [sent, numRuns] of [[mix, 100], [crowd, 40]] as const) {
    await assertLinear(sent, numRuns);
  }
});

async function assertLinear(commands: typeof mix, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands, fc.scheduler(), async (sent, scheduler) => {
      const store = new MemoryEventStore();
      const instances = [0, 1, 2].map(() => instanceOn(interleaved(store, scheduler)));
      const accepted = new Map<ReceivedCommand, CommandOutcome[]>();
      const decoded = await Promise.all(
        sent.map(({ command }, n) => received(command, { commandId: `c-${n}` })),
      );
      const answers = decoded.flatMap((once, n) =>
        (sent[n]?.instances ?? []).map(async (instance) => {
          const result = await instances[instance]?.(once);
          if (result === undefined || "refused" in result) return;
          accepted.set(once, [...accepted.get(once) ?? [], result.accepted]);
        })
      );
      await scheduler.waitFor(Promise.all(answers));
      await assertSequential(accepted);
    }),
    { numRuns },
  );
}

type Instance = (command: ReceivedCommand) => ReturnType<typeof handleCommand>;

/** An instance of the service with queues of its own. */
function instanceOn(events: EventStore): Instance {
  const { dependencies } = new TestApplication(events);
  const limits = { maxInFlight: 100, maxQueued: 100, ...FIXED_QUEUE_LIMITS };
  const queues = new PersonQueues(limits, fixedClock);
  return (command) => handleInTurn(command, Infinity, queues, dependencies);
}

/** The store whose answers come in any order, before or after what was asked for happened. */
function interleaved(store: EventStore, scheduler: fc.Scheduler): EventStore {
  const later = async <T>(ask: () => Promise<T>): Promise<T> => {
    await scheduler.schedule(Promise.resolve());
    const answer = await ask();
    await scheduler.schedule(Promise.resolve());
    return answer;
  };
  return altered(store, {
    readLast: (...given) => later(() => store.readLast(...given)),
    readTail: (...given) => later(() => store.readTail(...given)),
    append: (...given) => later(() => store.append(...given)),
  });
}

/** Each command was accepted with one outcome, and all of them in the order of the stream give the same outcomes. */
async function assertSequential(accepted: Map<ReceivedCommand, CommandOutcome[]>): Promise<void> {
  const inOrder = [...accepted].map(([command, outcomes]) => {
    const [outcome] = outcomes;
    for (const other of outcomes) assertEquals(other, outcome);
    return { command, outcome };
  }).sort((one, other) =>
    (one.outcome?.streamSequence ?? 0) - (other.outcome?.streamSequence ?? 0)
  );
  const { dependencies } = new TestApplication(new MemoryEventStore());
  for (const { command, outcome } of inOrder) {
    assertEquals(await handleCommand(command, Infinity, dependencies), { accepted: outcome });
  }
}
