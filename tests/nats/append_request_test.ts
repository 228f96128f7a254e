import { assertEquals } from "@std/assert";
import type { Append, PendingEvent } from "../../src/application/ports.ts";
import { PersonEvent, personOf } from "../../src/domain/events.ts";
import { plainName } from "../support/command_client.ts";
import { openEventStore } from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { readMessages } from "../support/stream_messages.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const OTHER_ID = "019a5c30-1234-7abc-9def-123456789abd";
const AT = "2026-01-02T03:04:05.678Z";
const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

const UPDATED = { PersonUpdated: { person_id: ID, name: plainName("Ada"), updated_at: AT } };
const MERGE = { merge_reason: "DuplicateIdentity" };
const MERGED = {
  PersonMergedInto: { source_person_id: ID, merged_into_id: OTHER_ID, ...MERGE, merged_at: AT },
};
const ABSORBED = {
  PersonAbsorbed: {
    target_person_id: OTHER_ID,
    absorbed_person_id: ID,
    ...MERGE,
    absorbed_at: AT,
  },
};

Deno.test("Append: given one event, when stored, then its subject, body and headers are those of the wire", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const first = appendOf("c-1", TRACEPARENT, pending(UPDATED, 1, 0));
  const result = await opened.store.append(first, performance.now() + 5_000);
  assertEquals(result.outcome, "stored");
  await opened.store.append(
    appendOf("c-2", null, pending(UPDATED, 2, 1)),
    performance.now() + 5_000,
  );
  const [one, two] = await readMessages(opened.nc);
  assertEquals(one, {
    seq: 1,
    subject: `person.events.${ID}.updated`,
    headers: { ...headersOf(ID, "c-1", 0), "traceparent": TRACEPARENT },
    body: JSON.stringify({
      aggregate_id: ID,
      sequence: 1,
      event: {
        PersonUpdated: {
          person_id: ID,
          name: {
            components: {
              given_names: ["Ada"],
              family_names: ["Lovelace"],
              patronymic: null,
              matronymic: null,
              prefixes: [],
              suffixes: [],
            },
            preferred_form: null,
            naming_convention: "Western",
          },
          updated_at: AT,
        },
      },
      timestamp: AT,
      correlation_id: "Größe",
      causation_id: "c-1",
      schema_version: 1,
    }),
  });
  assertEquals(two?.headers, headersOf(ID, "c-2", 1));
});

Deno.test("Append: given a merge, when stored, then both events are one batch, each with its person's expectation", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url, { subjectPrefix: "person.prod" });
  const deadline = performance.now() + 5_000;
  const other = { PersonUpdated: { ...UPDATED.PersonUpdated, person_id: OTHER_ID } };
  await opened.store.append(appendOf("c-1", null, pending(UPDATED, 1, 0)), deadline);
  await opened.store.append(appendOf("c-2", null, pending(other, 1, 0)), deadline);
  const merge = appendOf("m", null, pending(MERGED, 2, 1), pending(ABSORBED, 2, 2));
  assertEquals((await opened.store.append(merge, deadline)).outcome, "stored");
  const [, , merged, absorbed] = await readMessages(opened.nc);
  const batchId = merged?.headers["Nats-Batch-Id"] ?? "";
  assertEquals(batchId.length > 0 && batchId.length <= 64, true);
  assertEquals([merged?.subject, merged?.headers], [`person.prod.events.${ID}.merged`, {
    ...headersOf(ID, "m", 1, "person.prod"),
    "Nats-Batch-Id": batchId,
    "Nats-Batch-Sequence": "1",
  }]);
  assertEquals([absorbed?.subject, absorbed?.headers], [`person.prod.events.${OTHER_ID}.absorbed`, {
    ...headersOf(OTHER_ID, "m", 2, "person.prod"),
    "Nats-Batch-Id": batchId,
    "Nats-Batch-Sequence": "2",
    "Nats-Batch-Commit": "1",
  }]);
});

/** Source: wire.md, Events. The filter is the same text from every writer: servers key checks in flight by it. */
function headersOf(personId: string, commandId: string, head: number, prefix = "person") {
  return {
    "Nats-Msg-Id": `${personId}/${commandId}`,
    "Nats-Expected-Stream": "PERSON_EVENTS",
    "Nats-Expected-Last-Subject-Sequence": String(head),
    "Nats-Expected-Last-Subject-Sequence-Subject": `${prefix}.events.${personId}.>`,
    "Previous-Sequence": String(head),
    "Command-Hash": "hash",
    "Schema-Version": "1",
    "Correlation-Id": "Größe",
  };
}

function appendOf(
  commandId: string,
  traceparent: string | null,
  ...events: Append
): Append {
  for (const event of events) {
    event.envelope.causation_id = commandId;
    event.traceparent = traceparent;
  }
  return events;
}

function pending(json: unknown, version: number, expectedHead: number | null): PendingEvent {
  const event = PersonEvent.parse(json);
  return {
    expectedHead,
    commandHash: "hash",
    traceparent: null,
    envelope: {
      aggregate_id: personOf(event),
      sequence: version,
      event,
      timestamp: AT,
      correlation_id: "Größe",
      causation_id: "",
      schema_version: 1,
    },
  };
}
