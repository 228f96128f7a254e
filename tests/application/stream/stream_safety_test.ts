import { assertEquals } from "@std/assert";
import {
  DiscardPolicy,
  PersistMode,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
} from "@nats-io/jetstream";
import { inspectStream } from "../../../src/nats/stream_safety.ts";
import { subjectsOf } from "../../../src/nats/subjects.ts";

const SUBJECTS = subjectsOf("person");
const OURS = SUBJECTS.events;

/** As the server gives back a stream that the service made. */
const SAFE: StreamConfig = {
  name: "PERSON_EVENTS",
  subjects: [OURS],
  retention: RetentionPolicy.Limits,
  max_consumers: -1,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msgs_per_subject: -1,
  max_msg_size: -1,
  discard: DiscardPolicy.New,
  storage: StorageType.File,
  num_replicas: 1,
  duplicate_window: 120_000_000_000,
  compression: StoreCompression.S2,
  allow_direct: true,
  mirror_direct: false,
  sealed: false,
  deny_delete: true,
  deny_purge: true,
  allow_rollup_hdrs: false,
  allow_msg_counter: false,
  allow_atomic: true,
  allow_msg_schedules: false,
  discard_new_per_subject: false,
  first_seq: 0,
  persist_mode: PersistMode.Default,
};

const OTHER = { name: "OTHER" };

const REPUBLISHED_TO = [
  "person.commands.>",
  "person.commands.copies.>",
  "person.inbox.{{wildcard(1)}}",
  "person.outcomes.$1",
  "person.dlq.x",
  "person.>",
  "*.events.>",
  "{{wildcard(1)}}.commands.x",
  "$KV.PERSON_EVENTS_SNAPSHOTS.>",
  "$JS.API.STREAM.DELETE.PERSON_EVENTS",
];

/** Each setting, alone, and whether it stays refused when unsafe streams are allowed. */
const DANGERS: [setting: string, changed: Partial<StreamConfig>, refusedAlways?: "always"][] = [
  ["max_age = 1", { max_age: 1 }],
  ["max_msgs = 1", { max_msgs: 1 }],
  ["max_bytes = 1", { max_bytes: 1 }],
  ["max_msgs_per_subject = 1", { max_msgs_per_subject: 1 }],
  ['discard = "old"', { discard: DiscardPolicy.Old }],
  ['storage = "memory"', { storage: StorageType.Memory }],
  ['retention = "workqueue"', { retention: RetentionPolicy.Workqueue }],
  ['retention = "interest"', { retention: RetentionPolicy.Interest }],
  ['persist_mode = "async"', { persist_mode: PersistMode.Async }, "always"],
  ["max_msg_size = 1048575", { max_msg_size: 1024 * 1024 - 1 }],
  ["allow_rollup_hdrs = true", { allow_rollup_hdrs: true }],
  ["allow_msg_ttl = true", { allow_msg_ttl: true }],
  ["subject_delete_marker_ttl = 1", { subject_delete_marker_ttl: 1 }],
  ["allow_msg_counter = true", { allow_msg_counter: true }],
  ["allow_msg_schedules = true", { allow_msg_schedules: true }],
  ['sources = [{"name":"OTHER"}]', { sources: [OTHER] }],
  ['mirror = {"name":"OTHER"}', { mirror: OTHER }],
  [
    'subject_transform = {"src":">","dest":"x.>"}',
    { subject_transform: { src: ">", dest: "x.>" } },
    "always",
  ],
  ...REPUBLISHED_TO.map((dest): [string, Partial<StreamConfig>, "always"] => [
    `republish = {"src":">","dest":"${dest}"}`,
    { republish: { src: ">", dest } },
    "always",
  ]),
  ["no_ack = true", { no_ack: true }, "always"],
  ["sealed = true", { sealed: true }, "always"],
  ["subjects = []", { subjects: [] }, "always"],
  ['subjects = ["person.>"]', { subjects: ["person.>"] }, "always"],
  [`subjects = ["${OURS}","x"]`, { subjects: [OURS, "x"] }, "always"],
];

Deno.test("inspectStream: given a stream as the service makes it, when inspected, then nothing is wrong or missing", () => {
  assertEquals(inspectStream(SAFE, SUBJECTS), { additions: {}, dangers: [] });
});

Deno.test("inspectStream: given harmless settings of an operator, when inspected, then they are left alone", () => {
  const harmless: Partial<StreamConfig>[] = [
    { max_msg_size: 1024 * 1024 },
    { num_replicas: 5 },
    { compression: StoreCompression.None },
    { duplicate_window: 60_000_000_000 },
    { description: "persons", metadata: { owner: "us" } },
    { max_consumers: 10 },
    { sources: [] },
    { republish: { src: ">", dest: "copy.>" } },
    { republish: { src: ">", dest: "persons.commands.>" } },
    { republish: { src: "person.events.*.*", dest: "copy.{{wildcard(1)}}.events" } },
    { republish: { src: ">", dest: "person.commands" } },
  ];
  for (const changed of harmless) {
    assertEquals(inspectStream({ ...SAFE, ...changed }, SUBJECTS), { additions: {}, dangers: [] });
  }
});

Deno.test("inspectStream: given one danger, when inspected, then it is told with its consequence and what mends it", () => {
  for (const [setting, changed, refusedAlways] of DANGERS) {
    const { dangers } = inspectStream({ ...SAFE, ...changed }, SUBJECTS);
    assertEquals(dangers.map((danger) => danger.setting), [setting]);
    const [danger] = dangers;
    assertEquals(danger?.refusedAlways, refusedAlways === "always", setting);
    assertEquals((danger?.consequence ?? "") !== "", true, setting);
    const mends =
      /^(nats stream edit PERSON_EVENTS --|can't be edited: stop all instances, |set STREAM_NAME)/;
    assertEquals(mends.test(danger?.mend ?? ""), true, setting);
  }
});

Deno.test("inspectStream: given several dangers, when inspected, then all are told at once", () => {
  const all = Object.assign({}, SAFE, ...DANGERS.map(([, changed]) => changed));
  const told = inspectStream(all, SUBJECTS).dangers.length;
  const settings = new Set(DANGERS.map(([setting]) => setting.split(" ")[0]));
  assertEquals(told, settings.size);
});

Deno.test("inspectStream: given what can be added without loss, when it lacks, then it is added", () => {
  const { allow_direct: _, allow_atomic: __, ...without } = SAFE;
  const old = { ...without, deny_delete: false, deny_purge: false };
  assertEquals(inspectStream(Object(old), SUBJECTS), {
    additions: { allow_direct: true, allow_atomic: true, deny_delete: true, deny_purge: true },
    dangers: [],
  });
});

Deno.test("inspectStream: given roll-ups, when inspected, then purges are not denied, for the server allows no such stream", () => {
  const { additions } = inspectStream(
    { ...SAFE, allow_rollup_hdrs: true, deny_purge: false },
    SUBJECTS,
  );
  assertEquals(additions, {});
});

Deno.test("inspectStream: given foreign subjects, when inspected, then nobody is told to edit them", () => {
  const [danger] = inspectStream({ ...SAFE, subjects: ["person.>"] }, SUBJECTS).dangers;
  assertEquals(
    danger?.mend,
    "set STREAM_NAME and SUBJECT_PREFIX to a stream and a prefix that belong together",
  );
});
