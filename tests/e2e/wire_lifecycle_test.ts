import { assertEquals, assertMatch } from "@std/assert";
import { type CommandClient, createPerson } from "../support/command_client.ts";
import { EVERY_COMMAND, type MakeCommand } from "../support/every_command.ts";
import { readReply } from "../support/replies.ts";
import { TestSystem } from "../support/test_system.ts";

/** What brings an active person into each stage of life; null: no such person. */
const STAGES: Record<string, MakeCommand[] | null> = {
  unknown: null,
  active: [],
  deactivated: [EVERY_COMMAND.DeactivatePerson],
  deceased: [EVERY_COMMAND.RecordDeath],
  merged: [EVERY_COMMAND["MergePersons, as source"]],
  archived: [EVERY_COMMAND.ArchivePerson],
};

const CANNOT_MODIFY = /^Cannot modify an? (deceased|merged|archived) person/;

const [OK, NONE] = ["accepted", "NotFound"];
const [THERE, STATE, FACT] = ["AlreadyExists", "InvalidStateTransition", "InvariantViolation"];

/** The reply to each command in each stage, in the order of the stages. Source: wire.md, Refusals. */
const EXPECTED: Record<keyof typeof EVERY_COMMAND, (string | undefined)[]> = {
  CreatePerson: [OK, THERE, THERE, THERE, THERE, THERE],
  UpdateName: [NONE, OK, STATE, FACT, FACT, FACT],
  SetBirthDate: [NONE, OK, OK, OK, FACT, FACT],
  RecordDeath: [NONE, OK, OK, STATE, STATE, STATE],
  DeactivatePerson: [NONE, OK, STATE, STATE, STATE, STATE],
  ReactivatePerson: [NONE, STATE, OK, STATE, STATE, STATE],
  ArchivePerson: [NONE, OK, OK, STATE, STATE, STATE],
  "MergePersons, as source": [NONE, OK, STATE, STATE, STATE, STATE],
  "MergePersons, as target": [NONE, OK, STATE, STATE, STATE, STATE],
  RecordAttribute: [NONE, OK, STATE, FACT, FACT, FACT],
  UpdateAttribute: [NONE, OK, STATE, FACT, FACT, FACT],
  InvalidateAttribute: [NONE, OK, STATE, FACT, FACT, FACT],
};

Deno.test("each command is accepted or refused in each stage of life as documented, and a refused one stores nothing", async () => {
  await using system = await TestSystem.start();
  await system.startService();
  const { client } = system;
  const actual: Record<string, (string | undefined)[]> = {};
  let stored = 0;
  for (const [name, makeCommand] of Object.entries<MakeCommand>(EVERY_COMMAND)) {
    const outcomes: (string | undefined)[] = [];
    for (const stage of Object.values(STAGES)) {
      const [personId, otherId] = [crypto.randomUUID(), crypto.randomUUID()];
      stored += await bring(client, personId, stage);
      stored += await bring(client, otherId, []);
      const reply = readReply(await client.request(makeCommand(personId, otherId)));
      stored += reply.events_generated ?? 0;
      outcomes.push(reply.error === undefined ? OK : reply.error.code);
      if (reply.error?.code === FACT) assertMatch(reply.error.message, CANNOT_MODIFY);
    }
    actual[name] = outcomes;
  }
  assertEquals(actual, EXPECTED);
  assertEquals((await system.events()).length, stored);
});

/** Makes the person, gives it a height and brings it into the stage; says how many events that took. */
async function bring(
  client: CommandClient,
  personId: string,
  stage: MakeCommand[] | null,
): Promise<number> {
  if (stage === null) return 0;
  const otherId = crypto.randomUUID();
  const commands = [createPerson(otherId), createPerson(personId)];
  for (const makeCommand of [EVERY_COMMAND.RecordAttribute, ...stage]) {
    commands.push(makeCommand(personId, otherId));
  }
  let events = 0;
  for (const command of commands) {
    const { error, events_generated } = await client.send(command);
    assertEquals(error, undefined);
    events += events_generated ?? 0;
  }
  return events;
}
