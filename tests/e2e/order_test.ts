/** One instance decides a person's commands in the order in which a caller sent them, waiting for nothing. */
import { assertEquals } from "@std/assert";
import { createPerson, updateName } from "../support/command_client.ts";
import { TestSystem } from "../support/test_system.ts";

const PERSONS = 20;
const RENAMES = 30;

Deno.test("commands sent without waiting, among others and among what is no command, are decided in their order", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const persons = Array.from({ length: PERSONS }, () => crypto.randomUUID());
  const replies = persons.map((id) => [system.client.send(createPerson(id))]);
  const others: Promise<unknown>[] = [];
  for (let n = 0; n < PERSONS * RENAMES; n++) {
    const index = n % PERSONS;
    const id = persons[index] ?? "";
    // Each reads another way: long or short, good or bad.
    const name = `Ada ${n} ${"x".repeat(n % 7 === 0 ? 100 : 0)}`;
    if (n % 3 === 0) others.push(system.client.send({ Nonsense: id }));
    if (n % 5 === 0) others.push(system.client.send(updateName(id, "")));
    replies[index]?.push(system.client.send(updateName(id, name)));
  }
  for (const sent of replies) {
    const versions = (await Promise.all(sent)).map(({ version }) => version);
    assertEquals(versions, Array.from({ length: 1 + RENAMES }, (_, n) => 1 + n));
  }
  await Promise.all(others);
});
