import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type JetStreamManager, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import {
  applyDurableStreamPlan,
  planDurableStreams,
} from "../../../src/nats/inbox/durable_streams.ts";
import { StartupRefused } from "../../../src/nats/startup_refused.ts";
import type { StreamSettings } from "../../../src/nats/stream_lookup.ts";
import { defaultStreamSettings } from "../../support/event_store_fixture.ts";
import { TestNatsServer } from "../../support/nats_server.ts";

const NAMES = ["LEGACY_INBOX", "LEGACY_OUTCOMES", "LEGACY_DLQ"];

test("given none, when set up, then they are made, named after the events' stream, and fit from then on", async (jsm) => {
  const plans = await planDurableStreams(jsm, "LEGACY", defaultStreamSettings);
  assertEquals(plans.map(({ name, create }) => [name, create?.name]), NAMES.map((n) => [n, n]));
  await applyDurableStreamPlan(jsm, plans);
  const made = await Promise.all(NAMES.map(async (name) => (await jsm.streams.info(name)).config));
  assertEquals(made.map(({ subjects, retention, storage }) => [subjects, retention, storage]), [
    [["person.inbox.>"], "workqueue", "file"],
    [["person.outcomes.>"], "limits", "file"],
    [["person.dlq.>"], "limits", "file"],
  ]);
  assertEquals(made[1]?.max_age, 7 * 86_400e9);
  const again = await planDurableStreams(jsm, "LEGACY", defaultStreamSettings);
  assertEquals(again, NAMES.map((name) => ({ name, create: null })));
});

test("given an inbox that loses what it acknowledged, when set up, then it is refused with each reason", async (jsm) => {
  await add(jsm, { retention: "interest", storage: "memory", max_age: 1e12, discard: "old" });
  const plan = (changed: Partial<StreamSettings> = {}) =>
    planDurableStreams(jsm, "LEGACY", { ...defaultStreamSettings, ...changed });
  const { message } = await assertRejects(() => plan(), StartupRefused);
  assertStringIncludes(
    message,
    'Stream "LEGACY_INBOX" is not fit for durable commands: storage is not on disk; ' +
      "retention is interest; max_age is set; the oldest are discarded. Mend it with",
  );
  await plan({ allowUnsafeStream: true });
});

test("given an inbox of other subjects, when set up, then it is refused whatever is allowed", async (jsm) => {
  await add(jsm, { subjects: ["other.>"] });
  const allowed = { ...defaultStreamSettings, allowUnsafeStream: true };
  const { message } = await assertRejects(
    () => planDurableStreams(jsm, "LEGACY", allowed),
    StartupRefused,
  );
  assertStringIncludes(message, 'its subjects are not "person.inbox.>"');
});

test("given another stream on the inbox's subject, when set up, then it is refused with the server's reason", async (jsm) => {
  await jsm.streams.add({ name: "OTHER", subjects: ["person.inbox.x"] });
  const plans = await planDurableStreams(jsm, "LEGACY", defaultStreamSettings);
  const { message } = await assertRejects(
    () => applyDurableStreamPlan(jsm, plans),
    StartupRefused,
  );
  assertStringIncludes(message, 'refuses to make the stream "LEGACY_INBOX" (error 10065)');
});

test("given an inbox that is limited but refuses what is beyond, when set up, then it is used", async (jsm) => {
  await add(jsm, { retention: "workqueue", max_bytes: 1e9, discard: "new" });
  const [inbox] = await planDurableStreams(jsm, "LEGACY", defaultStreamSettings);
  assertEquals(inbox?.create, null);
});

async function add(jsm: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  await jsm.streams.add({ name: "LEGACY_INBOX", subjects: ["person.inbox.>"], ...config });
}

function test(sentence: string, run: (jsm: JetStreamManager) => Promise<void>): void {
  Deno.test(`Durable streams: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    const nc = await connect({ servers: server.url.replace("nats://", "") });
    await run(await jetstreamManager(nc));
    await nc.close();
  });
}
