import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PersonQueues } from "../../src/application/person_queues.ts";
import { fixedClock } from "../support/test_application.ts";

const PERSONS = ["a", "b", "c", "d"];

/** One or two persons, as a command or a merge has them. */
const personIds = fc.array(fc.constantFrom(...PERSONS), { minLength: 1, maxLength: 2 });

Deno.test("PersonQueues: given any mix of commands and merges, when they end in any order, then each runs once, alone with its persons and in order", async () => {
  const mix = fc.array(personIds, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(mix, fc.integer({ min: 1, max: 5 }), fc.scheduler(), async (
      commands,
      maxInFlight,
      scheduler,
    ) => {
      const queues = new PersonQueues(
        { maxInFlight, maxQueued: 100, maxQueuedBytes: 100, maxQueuedPerPerson: 100 },
        fixedClock,
      );
      const running = new Set<number>();
      const started: number[] = [];
      const all = commands.map((ids, index) =>
        queues.run(ids, 1, Infinity, async () => {
          const inCommon = [...running].filter((other) => meet(ids, commands[other]));
          assertEquals(inCommon, []);
          running.add(index);
          started.push(index);
          assertEquals(running.size <= maxInFlight, true);
          await scheduler.schedule(Promise.resolve());
          running.delete(index);
        })
      );
      await scheduler.waitFor(Promise.all(all));
      assertEquals(started.length, commands.length);
      for (const person of PERSONS) {
        const ofPerson = started.filter((index) => commands[index]?.includes(person));
        assertEquals(ofPerson, ofPerson.toSorted((one, other) => one - other));
      }
      assertEquals(queues.size, 0);
    }),
    { numRuns: 300 },
  );
});

function meet(some: string[], others: string[] = []): boolean {
  return some.some((id) => others.includes(id));
}
