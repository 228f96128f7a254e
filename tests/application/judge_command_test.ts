import { assertEquals } from "@std/assert";
import { judgeCommand } from "../../src/application/judge_command.ts";
import { fold, type LoadedPerson, unknownPerson } from "../../src/application/loaded_person.ts";
import type { StoredEvent } from "../../src/application/ports.ts";
import { MAX_STATE_BYTES } from "../../src/domain/decide.ts";
import { encodeEvent } from "../../src/nats/event_codec.ts";
import { PersonEvent } from "../../src/domain/events.ts";
import { createPerson, plainName, updateName } from "../support/command_client.ts";
import { attribute, merge } from "../support/every_command.ts";
import { NOW, received } from "../support/test_application.ts";
import { personIdsOf } from "../../src/application/received_command.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";
const CUSTOM = { Custom: { organization: "o", attribute_name: "a", category: "c" } };

Deno.test("judgeCommand: given an accepted command, when judged, then its event is numbered and dated", async () => {
  const command = await received(updateName(ID, "Grace"), { commandId: "c", correlationId: "k" });
  const verdict = judgeCommand(command, [await person(ID, 7)], NOW);
  assertEquals(verdict, {
    pending: [{
      expectedHead: 7,
      commandHash: command.commandHash,
      traceparent: null,
      envelope: {
        aggregate_id: ID,
        sequence: 2,
        event: PersonEvent.parse({
          NameUpdated: {
            person_id: ID,
            old_name: plainName("Ada"),
            new_name: plainName("Grace"),
            reason: null,
            updated_at: NOW,
          },
        }),
        timestamp: NOW,
        correlation_id: "k",
        causation_id: "c",
        schema_version: 1,
      },
    }],
  });
});

Deno.test("judgeCommand: given nobody, when created, then the event is the first", async () => {
  const verdict = judgeCommand(await received(createPerson(ID)), [unknownPerson(ID)], NOW);
  const [pending] = "pending" in verdict ? verdict.pending : [];
  assertEquals([pending?.expectedHead, pending?.envelope.sequence], [0, 1]);
});

Deno.test("judgeCommand: given a merge, when judged, then each event is on its own person's head", async () => {
  const command = await received(merge(ID, OTHER_ID), { commandId: "c" });
  assertEquals(personIdsOf(command.command), [ID, OTHER_ID]);
  const verdict = judgeCommand(command, [await person(ID, 7), await person(OTHER_ID, 5)], NOW);
  const pending = "pending" in verdict ? verdict.pending : [];
  assertEquals(
    pending.map(({ expectedHead, envelope: { aggregate_id, sequence, causation_id, event } }) => [
      event.type,
      aggregate_id,
      sequence,
      expectedHead,
      causation_id,
    ]),
    [["PersonMergedInto", ID, 2, 7, "c"], ["PersonAbsorbed", OTHER_ID, 2, 5, "c"]],
  );
});

Deno.test("judgeCommand: given several reasons to refuse, when judged, then the first check counts", async () => {
  const again = await received(createPerson(ID), { commandId: "created", expectedVersion: 9 });
  const otherwise = await received(createPerson(ID, "Eva"), {
    commandId: "created",
    expectedVersion: 9,
  });
  const expecting = await received(createPerson(ID), { expectedVersion: 9 });
  const creating = await received(createPerson(ID));
  const known = await person(ID, 7);
  const codes = [again, otherwise, expecting, creating].map((command) => {
    const verdict = judgeCommand(command, [known], NOW);
    return "refused" in verdict ? verdict.refused.code : Object.keys(verdict)[0];
  });
  assertEquals(codes, ["repeated", "IdempotencyConflict", "ConcurrencyConflict", "AlreadyExists"]);
});

Deno.test("judgeCommand: given a state near its limit, when it would grow over it, then it is refused", async () => {
  const text = "x".repeat(10_000);
  const record = { attribute: attribute(CUSTOM, { Json: Array(20).fill(text) }) };
  const command = await received({ RecordAttribute: { person_id: ID, ...record } });
  let current = await person(ID, 1);
  const codes: string[] = [];
  for (let n = 0; n < 4; n++) {
    const verdict = judgeCommand({ ...command, commandId: `c-${n}` }, [current], NOW);
    codes.push("refused" in verdict ? verdict.refused.code : "accepted");
    if (!("pending" in verdict)) continue;
    const [{ envelope }] = verdict.pending;
    current = fold(current, storedAs(envelope, 2 + n));
  }
  assertEquals(codes, ["accepted", "accepted", "InvariantViolation", "InvariantViolation"]);
  assertEquals(JSON.stringify(current.state).length < MAX_STATE_BYTES, true);
});

Deno.test("judgeCommand: given a long history of a small state, when judged, then only the state counts", async () => {
  const stateBytes = { counted: 0, addedAtMost: 100 * MAX_STATE_BYTES };
  const long: LoadedPerson = { ...await person(ID, 1), stateBytes };
  const verdict = judgeCommand(await received(updateName(ID, "Grace")), [long], NOW);
  assertEquals(Object.keys(verdict), ["pending"]);
});

/** A person after its creation by the command "created". */
async function person(personId: string, head: number): Promise<LoadedPerson> {
  const command = await received(createPerson(personId), { commandId: "created" });
  const verdict = judgeCommand(command, [unknownPerson(personId)], NOW);
  if (!("pending" in verdict)) throw new Error("Not created");
  const [{ envelope }] = verdict.pending;
  return fold(unknownPerson(personId), {
    ...storedAs(envelope, head),
    commandHash: command.commandHash,
  });
}

function storedAs(envelope: StoredEvent["envelope"], streamSequence: number): StoredEvent {
  const hashes = { commandHash: "hash", eventHash: "hash" };
  return {
    envelope,
    streamSequence,
    previousSequence: 0,
    ...hashes,
    bytes: encodeEvent(envelope).length,
  };
}
