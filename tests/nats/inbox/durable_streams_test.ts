import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
} from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import {
  applyDurableStreamPlan,
  inspectDurableStreams,
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
  assertEquals(again, NAMES.map((name) => ({ name, create: null, isFit: true })));
});

test("given an inbox that loses what it acknowledged, when set up, then it is refused with each reason", async (jsm) => {
  await add(jsm, { retention: "interest", storage: "memory", max_age: 1e12, discard: "old" });
  const plan = (changed: Partial<StreamSettings> = {}) =>
    planDurableStreams(jsm, "LEGACY", { ...defaultStreamSettings, ...changed });
  const { message } = await assertRejects(() => plan(), StartupRefused);
  assertStringIncludes(
    message,
    'Stream "LEGACY_INBOX" is not fit for durable commands: storage is not on disk; ' +
      "retention is interest; max_age is set; the oldest are discarded. " +
      "Mend it: can't be edited: stop its publishers, and run one instance with " +
      'ALLOW_UNSAFE_STREAM=true until "inbox lag" of person-service doctor says 0 to be read, ' +
      "0 unacknowledged; then stop that, nats stream rm LEGACY_INBOX, and " +
      "DURABLE_COMMANDS=true person-service setup",
  );
  assertEquals(message.includes("nats stream edit"), false);
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

/** Which stream, its setting, what is said of it, and the end of what mends it. */
const FLAWS: [stream: string, config: Record<string, unknown>, flaw: string, mend: string][] = [
  ["INBOX", { storage: "memory" }, "lossy: storage is not on disk", "setup"],
  ["INBOX", { persist_mode: "async" }, "lossy: persist_mode is async", "setup"],
  ["INBOX", { max_msgs: 5, discard: "old" }, "lossy: the oldest are", "--discard=new"],
  ["INBOX", { max_msgs_per_subject: 1 }, "lossy: max_msgs_per_s", "--max-msgs-per-subject=-1"],
  ["INBOX", transform("inbox"), "unusable: it changes subjects", "--no-transform"],
  ["DLQ", transform("dlq"), "unusable: it changes subjects", "--no-transform"],
  ["OUTCOMES", onePerSubject(), "tolerated: discard_new_per_subject", "--max-msgs-per-subject=1"],
  ["DLQ", onePerSubject(), "tolerated: discard_new_per_subject", "--max-msgs-per-subject=-1"],
  ["INBOX", { retention: "limits" }, "tolerated: retention is limits", "setup"],
  ["OUTCOMES", { max_age: 3.6e12 }, "tolerated: max_age is shorter", "--max-age=7d"],
  ["OUTCOMES", { max_bytes: 1e6 }, "tolerated: max_msgs or max_bytes", "--max-bytes=-1"],
  ["OUTCOMES", { retention: "interest" }, "tolerated: retention is not limits", "setup"],
  ["DLQ", { storage: "memory" }, "lossy: storage is not on disk", "setup"],
  ["DLQ", { max_age: 2 * 86_400e9 }, "tolerated: max_age is set", "--max-age=-1"],
  ["DLQ", { max_msgs: 5 }, "tolerated: max_msgs or max_bytes is set: when it is full, com", "-1"],
  ["DLQ", { max_msgs: 5, discard: "old" }, "tolerated: max_msgs or max_bytes", "-1"],
  ["DLQ", { max_msgs_per_subject: 1 }, "tolerated: max_msgs_per_subject", "-1"],
  ["INBOX", { allow_rollup_hdrs: true }, "lossy: allow_rollup_hdrs", "--no-allow-rollup"],
  ["OUTCOMES", { allow_rollup_hdrs: true }, "tolerated: allow_rollup", "--no-allow-rollup"],
  ["DLQ", { allow_rollup_hdrs: true }, "tolerated: allow_rollup", "--no-allow-rollup"],
  ["INBOX", { allow_msg_ttl: true }, "lossy: allow_msg_ttl", "setup"],
  ["DLQ", { allow_msg_counter: true, discard: "old" }, "unusable: allow_msg_counter", "setup"],
  ["INBOX", republish("inbox", "commands"), "unusable: it republishes", "--no-republish"],
  ["OUTCOMES", republish("outcomes", "inbox"), "unusable: it republishes", "--no-republish"],
  ["INBOX", { duplicate_window: 1e9 }, "lossy: duplicate_window", "--dupe-window=100ms"],
  ["INBOX", { max_msg_size: 278_527 }, "tolerated: max_msg_size", "--max-bytes=-1"],
  ["OUTCOMES", { max_msg_size: 50 }, "tolerated: max_msg_size", "--max-msg-size=-1"],
  ["DLQ", { max_msg_size: 1024 * 1024 - 1 }, "tolerated: max_msg_size", "--max-msg-size=-1"],
  ["INBOX", { max_bytes: 300 }, "tolerated: max_msg_size or max_bytes", "--max-bytes=-1"],
  ["OUTCOMES", { allow_direct: false }, "tolerated: allow_direct", "--allow-direct"],
];

for (const [stream, config, flaw, mend] of FLAWS) {
  test(`given ${stream} with ${JSON.stringify(config)}, when inspected, then that is said, and what mends it; and only one that loses nothing is used`, async (jsm) => {
    const plans = await planDurableStreams(jsm, "LEGACY", defaultStreamSettings);
    await applyDurableStreamPlan(
      jsm,
      plans.map((plan) =>
        plan.name === `LEGACY_${stream}` ? { ...plan, create: { ...plan.create, ...config } } : plan
      ),
    );
    const inspected = await inspectDurableStreams(jsm, "LEGACY", defaultStreamSettings);
    const flaws = inspected.flatMap(({ name, flaws }) =>
      (flaws ?? []).map(({ severity, problem, mend }) => [name, `${severity}: ${problem}`, mend])
    );
    assertEquals(flaws.map(([name]) => name), [`LEGACY_${stream}`]);
    const [[, said = "", todo = ""] = []] = flaws;
    assertEquals([said.startsWith(flaw), todo.endsWith(mend)], [true, true], `${said} ${todo}`);
    const again = () => planDurableStreams(jsm, "LEGACY", defaultStreamSettings);
    if (flaw.startsWith("tolerated")) await again();
    else await assertRejects(again, StartupRefused);
  });
}

test("given outcomes and letters that refuse a second one on a subject, when edited as is told, then they take it, and nothing is said", async (jsm) => {
  await applyDurableStreamPlan(
    jsm,
    await planDurableStreams(jsm, "LEGACY", defaultStreamSettings),
  );
  const js = jsm.jetstream();
  for (const [stream, subject, max_msgs_per_subject] of SUBJECTS_LIMITED) {
    await jsm.streams.update(stream, onePerSubject());
    await js.publish(subject);
    const second = () => js.publish(subject);
    await assertRejects(second, JetStreamApiError, "maximum messages per subject exceeded");
    const edited = { discard_new_per_subject: false, max_msgs_per_subject };
    await jsm.streams.update(stream, edited);
    await second();
  }
  const inspected = await inspectDurableStreams(jsm, "LEGACY", defaultStreamSettings);
  assertEquals(inspected, NAMES.map((name) => ({ name, flaws: [] })));
});

test("given a longer age of outcomes, limits that refuse what is beyond, and copies that go elsewhere, when inspected, then nothing is said", async (jsm) => {
  await applyDurableStreamPlan(
    jsm,
    await planDurableStreams(jsm, "LEGACY", defaultStreamSettings),
  );
  await jsm.streams.update("LEGACY_INBOX", { max_msgs: 1_000, max_bytes: 1e9 });
  await jsm.streams.update("LEGACY_INBOX", { republish: { src: ">", dest: "audit.>" } });
  await jsm.streams.update("LEGACY_OUTCOMES", { max_age: 30 * 86_400e9, max_msg_size: 1024 ** 2 });
  await jsm.streams.update("LEGACY_DLQ", { max_msg_size: 1024 ** 2, allow_msg_ttl: true });
  const inspected = await inspectDurableStreams(jsm, "LEGACY", defaultStreamSettings);
  assertEquals(inspected, NAMES.map((name) => ({ name, flaws: [] })));
});

/** Stream, a subject of it, and how many messages of one it is told to have. */
const SUBJECTS_LIMITED: [string, string, number][] = [
  ["LEGACY_OUTCOMES", "person.outcomes.id", 1],
  ["LEGACY_DLQ", "person.dlq.caller", -1],
];

function republish(from: string, to: string): Partial<StreamConfig> {
  return { republish: { src: `person.${from}.>`, dest: `person.${to}.>` } };
}

function transform(from: string): Partial<StreamConfig> {
  return { subject_transform: { src: `person.${from}.>`, dest: "elsewhere.>" } };
}

function onePerSubject(): Partial<StreamConfig> {
  return { discard: DiscardPolicy.New, discard_new_per_subject: true, max_msgs_per_subject: 1 };
}

async function add(jsm: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  const inbox = { name: "LEGACY_INBOX", subjects: ["person.inbox.>"], duplicate_window: 100e6 };
  await jsm.streams.add({ ...inbox, ...config });
}

function test(sentence: string, run: (jsm: JetStreamManager) => Promise<void>): void {
  Deno.test(`Durable streams: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    const nc = await connect({ servers: server.url.replace("nats://", "") });
    await run(await jetstreamManager(nc));
    await nc.close();
  });
}
