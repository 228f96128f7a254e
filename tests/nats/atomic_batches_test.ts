import { assertEquals } from "@std/assert";
import { StoreUnavailable } from "../../src/application/failures.ts";
import { AppendGroups } from "../../src/nats/append_groups.ts";
import { appendRequest } from "../../src/nats/append_request.ts";
import { Link } from "../../src/nats/link.ts";
import { subjectsOf } from "../../src/nats/subjects.ts";
import { newPersonId, renamed, several, soon } from "../contract/event_store_contract.ts";
import { assertWhole } from "../support/histories.ts";
import {
  openEventStore,
  systemClock,
  togetherFromTheStart,
} from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { readEvents } from "../support/stream_messages.ts";
import { until } from "../support/until.ts";

Deno.test("AtomicBatches: given far more than two batches hold, when the server does not answer, then no append waits beyond its deadline", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  server.freeze();
  const startedMs = performance.now();
  const results = await Promise.allSettled(
    Array.from(
      { length: 30 },
      () => opened.store.append(several(newPersonId(), 1, 0, 250), startedMs + 3_500),
    ),
  );
  const tookMs = performance.now() - startedMs;
  server.thaw();
  const outcomes = results.map((result) =>
    result.status === "rejected" && result.reason instanceof StoreUnavailable
      ? result.reason.outcome
      : result
  );
  assertEquals(outcomes.filter((outcome) => typeof outcome !== "string"), []);
  // One batch after the other would be given up a second later each: after eight seconds.
  assertEquals(tookMs < 6_000, true, `${tookMs} ms`);
  assertWhole(await readEvents(opened.nc));
});

Deno.test("AtomicBatches: given a batch that was not committed yet, when the connection is lost, then it is known that nothing of it is stored", async () => {
  await using server = await TestNatsServer.start();
  await using opened = await openEventStore(server.url);
  const { nc } = opened;
  const link = new Link(nc);
  const groups = new AppendGroups({ nc, link, clock: systemClock, pace: togetherFromTheStart() });
  const tryEach = (count: number) =>
    Array.from({ length: count }, async () => {
      const append = renamed(newPersonId(), 1, 0, "first");
      return await groups.try(
        appendRequest("PERSON_EVENTS", subjectsOf("person"), append),
        soon(),
      );
    });
  const kindsOf = async (tries: ReturnType<typeof tryEach>) =>
    (await Promise.all(tries)).map(({ kind }) => kind);
  await Promise.all(tryEach(40));
  server.freeze();
  const underWay = tryEach(40);
  // So few go on only after the batch before them.
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  const open = tryEach(3);
  await server.kill();
  assertEquals(await kindsOf(underWay), Array(40).fill("no answer"));
  assertEquals(await kindsOf(open), Array(3).fill("again"));
  await server.restart();
  await until("the connection is back", () => nc.rtt());
  const stored = (await readEvents(nc)).length;
  assertEquals(stored === 40 || stored === 80, true, `${stored} events`);
});
