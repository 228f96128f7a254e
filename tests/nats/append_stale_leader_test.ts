import { assertEquals, assertRejects } from "@std/assert";
import { newPersonId, renamed } from "../contract/event_store_contract.ts";
import { openEventStore } from "../support/event_store_fixture.ts";
import { assertThat } from "../support/assert_that.ts";
import { watchLeader } from "../support/leader_requests.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { StoreUnavailable } from "../../src/application/failures.ts";

// As a leader does that was cut off for a while: its word must not make a command be decided again, and perhaps refused,
// whose first try is stored in the end.
Deno.test("Append: given a try without an answer, when the leader tells of a head before the expected one, then it is no conflict and the outcome is unknown", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const personId = newPersonId();
  await opened.store.append(renamed(personId, 1, 0, "c-1"), performance.now() + 10_000);
  server.freeze();
  const known = renamed(personId, 6, 5, "c-6");
  const appending = opened.store.append(known, performance.now() + 3_000);
  const unanswered = assertRejects(() => appending, StoreUnavailable);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  server.thaw();
  assertEquals((await unanswered).outcome, "unknown");
});

Deno.test("Append: given no earlier try, when the leader goes on telling of a head before the expected one, then it is a conflict", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const personId = newPersonId();
  await opened.store.append(renamed(personId, 1, 0, "c-1"), performance.now() + 10_000);
  const known = renamed(personId, 6, 5, "c-6");
  const result = await opened.store.append(known, performance.now() + 10_000);
  assertEquals(result, { outcome: "conflict", heads: [1] });
  assertEquals(opened.remade, ["a person's head went back"]);
});

// The server that stores is another one than the server that refused, and answers later.
Deno.test("Append: given no earlier try, when the leader tells of the expected head after all, then it is stored", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const { store } = opened;
  const personId = newPersonId();
  const soon = performance.now() + 10_000;
  await store.append(renamed(personId, 1, 0, "c-1"), soon);
  const asked = await watchLeader(opened.nc, opened.streamName);
  const appending = store.append(renamed(personId, 3, 2, "c-3"), soon);
  await asked.reach(2);
  await store.append(renamed(personId, 2, 1, "c-2"), soon);
  const result = await appending;
  assertThat(result.outcome === "stored");
  assertEquals(result.events.map(({ streamSequence }) => streamSequence), [3]);
  assertEquals(opened.remade, []);
});
