import { assertEquals, assertNotEquals } from "@std/assert";
import { SentCommands } from "./check/commands.ts";
import { type PlannedCommand, Workload } from "./workload.ts";

Deno.test("Workload: given the same seed, then each caller sends the same commands; given another, others", () => {
  assertEquals(take("a", 3), take("a", 3));
  assertNotEquals(take("a", 3), take("a", 4));
  assertNotEquals(take("a", 3), take("b", 3));
});

Deno.test("Workload: given a few callers, then every command is among theirs, and such as are none", () => {
  const planned = [0, 1, 2, 3].flatMap((caller) => take("a", caller));
  const operations = planned.map(({ commandId, command }) => ({
    commandId,
    command,
    expectedVersion: null,
    tries: [],
  }));
  const names = new SentCommands(operations).all.map(({ command }) => command?.type ?? "invalid");
  assertEquals([...new Set(names)].sort(), [
    "ArchivePerson",
    "CreatePerson",
    "DeactivatePerson",
    "InvalidateAttribute",
    "MergePersons",
    "ReactivatePerson",
    "RecordAttribute",
    "RecordDeath",
    "SetBirthDate",
    "UpdateAttribute",
    "UpdateName",
    "invalid",
  ]);
});

function take(seed: string, caller: number): PlannedCommand[] {
  const workload = new Workload(seed, caller);
  return Array.from({ length: 300 }, () => workload.next());
}
