import { assertEquals, assertRejects } from "@std/assert";
import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
} from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { StartupRefused } from "../../src/nats/startup_refused.ts";
import { applyStreamPlan, planStream } from "../../src/nats/stream.ts";
import type { StreamSettings } from "../../src/nats/stream_lookup.ts";
import { CapturedLog } from "../support/captured_log.ts";
import { defaultStreamSettings } from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";

const SUBJECTS = ["person.events.>"];

test("given no stream, when opened, then it is made so that it can lose nothing", async ({ open, jsm }) => {
  assertEquals((await open()).name, "PERSON_EVENTS");
  const { config } = await jsm.streams.info("PERSON_EVENTS");
  const expected: Partial<StreamConfig> = {
    subjects: SUBJECTS,
    retention: "limits",
    storage: "file",
    num_replicas: 1,
    discard: "new",
    max_age: 0,
    max_msgs: -1,
    max_bytes: -1,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    duplicate_window: 120_000_000_000,
    deny_delete: true,
    deny_purge: true,
    allow_rollup_hdrs: false,
    allow_direct: true,
    allow_atomic: true,
    compression: "s2",
  };
  assertEquals({ ...config, ...expected }, config);
});

test("given a stream that it made, when opened again, then it is used as it is", async ({ open, plan, jsm }) => {
  const opened = await open();
  assertEquals((await plan()).action, "use");
  assertEquals(await open(), opened);
  assertEquals((await jsm.streams.info("PERSON_EVENTS")).created, opened.created);
});

test("given a stream of fewer replicas than set, when opened, then a warning tells how to change that", async ({ open }) => {
  await open();
  const log = new CapturedLog();
  await open({ streamReplicas: 3 });
  await log.waitFor("nats stream edit PERSON_EVENTS --replicas=3");
});

test("given a stream that lacks what can be added, when opened, then that is added and all else left", async ({ open, add, jsm }) => {
  const { config: before } = await add({
    name: "PERSON_EVENTS",
    description: "ours",
    max_consumers: 9,
  });
  await open();
  const { config } = await jsm.streams.info("PERSON_EVENTS");
  // The server notes there which of its versions knows all settings.
  const { metadata } = config;
  assertEquals(config, {
    ...before,
    metadata,
    allow_direct: true,
    allow_atomic: true,
    deny_delete: true,
    deny_purge: true,
  });
});

test("given an unsafe stream, when opened, then it is refused with every reason and left as it is", async ({ open, add, jsm }) => {
  const { config: before } = await add({
    name: "PERSON_EVENTS",
    max_age: 1e12,
    discard: DiscardPolicy.Old,
  });
  const refusal = await assertRejects(() => open(), StartupRefused);
  assertEquals(refusal.message.split("\n"), [
    'Stream "PERSON_EVENTS" is not safe for events:',
    "  max_age = 1000000000000: deletes events when they reach that age: persons lose their history",
    "    mend it: nats stream edit PERSON_EVENTS --max-age=-1",
    '  discard = "old": drops the oldest events when the stream is full, in place of refusing new ones',
    "    mend it: nats stream edit PERSON_EVENTS --discard=new",
    "  or accept the loss of events: ALLOW_UNSAFE_STREAM=true",
  ]);
  assertEquals((await jsm.streams.info("PERSON_EVENTS")).config, before);
});

// A server each: one that has just deleted a stream can't always make another of the same name at once.
const UNSAFE: Partial<StreamConfig>[] = [
  { max_age: 1e12, discard: DiscardPolicy.Old },
  { storage: "memory" },
  { allow_rollup_hdrs: true },
  { allow_msg_ttl: true },
  { max_msg_size: 1000 },
];
for (const unsafe of UNSAFE) {
  const setting = JSON.stringify(unsafe);
  test(`given ${setting}, when unsafe streams are allowed, then it is opened`, async ({ open, add }) => {
    await add({ name: "PERSON_EVENTS", ...unsafe });
    assertEquals((await open({ allowUnsafeStream: true })).name, "PERSON_EVENTS");
  });
}

test("given a stream that can't be written to as it is, when unsafe ones are allowed, then it is refused all the same", async ({ open, add }) => {
  await add({ name: "PERSON_EVENTS", no_ack: true });
  const refusal = await assertRejects(() => open({ allowUnsafeStream: true }), StartupRefused);
  assertEquals(refusal.message.includes("ALLOW_UNSAFE_STREAM"), false);
});

test("given a limit on age and unsafe streams allowed, when there is none, then it is made with that limit", async ({ open, jsm }) => {
  await open({ eventMaxAgeMs: 86_400_000, allowUnsafeStream: true });
  assertEquals((await jsm.streams.info("PERSON_EVENTS")).config.max_age, 86_400_000_000_000);
});

test("given another stream of exactly our subjects, when no name is set, then it is adopted", async ({ open, add }) => {
  await add({ name: "LEGACY" });
  assertEquals((await open()).name, "LEGACY");
});

test("given another stream on our subjects, when it can't be adopted, then the three ways out are told", async ({ open, add, jsm }) => {
  const others: [Partial<StreamConfig>, Partial<StreamSettings>][] = [
    [{}, { streamNameIsDefault: false }],
    [{ subjects: ["person.>"] }, {}],
    [{ subjects: [...SUBJECTS, "x"] }, {}],
    [{ subjects: ["person.events.*.created"] }, {}],
    [{ max_age: 1e12 }, {}],
  ];
  for (const [index, [changed, settings]] of others.entries()) {
    const { config } = await add({ name: `OTHER-${index}`, ...changed });
    const { message } = await assertRejects(() => open(settings), StartupRefused);
    const covers = (config.subjects ?? []).includes("person.>");
    const parts = covers
      ? [`"${config.name}" covers "person.commands.>"`, "set another SUBJECT_PREFIX"]
      : [
        ...config.subjects.map((subject) => `"${subject}"`),
        `Set STREAM_NAME=${config.name}`,
        "set another SUBJECT_PREFIX",
        "remove that stream",
      ];
    assertEquals(parts.filter((part) => !message.includes(part)), [], message);
    await jsm.streams.delete(config.name);
  }
});

test("given a stream on the commands, when opened, then it is refused", async ({ open, add, jsm }) => {
  await open();
  for (const subjects of [["person.commands.>"], ["person.commands.urgent"]]) {
    const name = `COMMANDS-${subjects.join().length}`;
    const { config } = await add({ name, subjects });
    const { message } = await assertRejects(() => open(), StartupRefused);
    assertEquals(message.includes(`"${config.name}" covers "person.commands.>"`), true, message);
    await jsm.streams.delete(config.name);
  }
});

test("given more replicas than there are servers, when opened, then it is refused", async ({ open }) => {
  const { message } = await assertRejects(() => open({ streamReplicas: 3 }), StartupRefused);
  assertEquals(message.includes("10074"), true, message);
});

Deno.test("Stream: given a server that takes only small messages, when opened, then it is refused", async () => {
  await withServer("max_payload: 1048575", async ({ open }) => {
    await assertRejects(() => open(), StartupRefused, "max_payload is 1048575 bytes");
  });
});

type Surroundings = {
  jsm: JetStreamManager;
  plan: (changed?: Partial<StreamSettings>) => ReturnType<typeof planStream>;
  open: (changed?: Partial<StreamSettings>) => ReturnType<typeof applyStreamPlan>;
  add: (config: Partial<StreamConfig> & { name: string }) => ReturnType<
    JetStreamManager["streams"]["add"]
  >;
};

function test(sentence: string, run: (surroundings: Surroundings) => Promise<void>): void {
  Deno.test(`Stream: ${sentence}`, () => withServer("", run));
}

async function withServer(
  config: string,
  run: (surroundings: Surroundings) => Promise<void>,
): Promise<void> {
  await using server = await TestNatsServer.start({ config });
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const plan = (changed: Partial<StreamSettings> = {}) =>
    planStream(nc, jsm, { ...defaultStreamSettings, ...changed });
  await run({
    jsm,
    plan,
    open: async (changed) => await applyStreamPlan(jsm, await plan(changed)),
    add: (given) => jsm.streams.add({ subjects: SUBJECTS, discard: DiscardPolicy.New, ...given }),
  });
  await nc.close();
}
