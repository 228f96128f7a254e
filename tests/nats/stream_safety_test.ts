import { assertEquals, assertRejects } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { StartupRefused } from "../../src/nats/startup_refused.ts";
import { applyStreamPlan, planStream } from "../../src/nats/stream.ts";
import { CapturedLog } from "../support/captured_log.ts";
import { defaultStreamSettings } from "../support/event_store_fixture.ts";
import { makeStream } from "../support/made_stream.ts";
import { TestNatsServer } from "../support/nats_server.ts";

/** A stream's setting, the start of its line in the refusal, what mends it, and whether it can be allowed. */
type Lossy = [config: Record<string, unknown>, named: string, mend: string, canBeAllowed?: false];

/** tests/e2e/guide_settings_test.ts does what it says. */
const restoredWith = (setting: string) =>
  `can't be edited: stop all instances, person-service backup FOLDER, write ${setting} into FOLDER/PERSON_EVENTS/backup.json, nats stream rm PERSON_EVENTS, person-service restore FOLDER`;
const SUBJECT = "person.events.>";

const LOSSY: Lossy[] = [
  [{ max_age: 1e12 }, "max_age = 1000000000000: ", "nats stream edit PERSON_EVENTS --max-age=-1"],
  [{ max_msgs: 5 }, "max_msgs = 5: ", "nats stream edit PERSON_EVENTS --max-msgs=-1"],
  [{ max_bytes: 1e6 }, "max_bytes = 1000000: ", "nats stream edit PERSON_EVENTS --max-bytes=-1"],
  [
    { max_msgs_per_subject: 5 },
    "max_msgs_per_subject = 5: ",
    "nats stream edit PERSON_EVENTS --max-msgs-per-subject=-1",
  ],
  [{ discard: "old" }, 'discard = "old": ', "nats stream edit PERSON_EVENTS --discard=new"],
  [{ storage: "memory" }, 'storage = "memory": ', restoredWith('"storage": "file"')],
  [{ retention: "workqueue" }, 'retention = "workqueue": ', restoredWith('"retention": "limits"')],
  [{ retention: "interest" }, 'retention = "interest": ', restoredWith('"retention": "limits"')],
  [
    { max_msg_size: 1_048_575 },
    "max_msg_size = 1048575: ",
    "nats stream edit PERSON_EVENTS --max-msg-size=-1",
  ],
  [
    { allow_rollup_hdrs: true },
    "allow_rollup_hdrs = true: ",
    "nats stream edit PERSON_EVENTS --no-allow-rollup",
  ],
  [{ allow_msg_ttl: true }, "allow_msg_ttl = true: ", restoredWith('"allow_msg_ttl": false')],
  [
    { subject_delete_marker_ttl: 6e10, allow_msg_ttl: true, allow_rollup_hdrs: true },
    "subject_delete_marker_ttl = 60000000000: ",
    restoredWith('"subject_delete_marker_ttl": 0'),
  ],
  [
    { allow_msg_counter: true, discard: "old" },
    "allow_msg_counter = true: ",
    restoredWith('"allow_msg_counter": false'),
  ],
  [
    { allow_msg_schedules: true, discard: "old" },
    "allow_msg_schedules = true: ",
    restoredWith('"allow_msg_schedules": false'),
  ],
  [
    { persist_mode: "async" },
    'persist_mode = "async": ',
    restoredWith('"persist_mode": "default"'),
    false,
  ],
  [{ sources: [{ name: "SOURCE" }] }, 'sources = [{"name":"SOURCE"', restoredWith('"sources": []')],
  [
    { subject_transform: { src: SUBJECT, dest: "elsewhere.>" } },
    "subject_transform = ",
    restoredWith('"subject_transform": null'),
    false,
  ],
  [
    { republish: { src: ">", dest: "person.commands.>" } },
    'republish = {"src":">","dest":"person.commands.>"}: ',
    "nats stream edit PERSON_EVENTS --no-republish",
    false,
  ],
  [{ no_ack: true }, "no_ack = true: ", "nats stream edit PERSON_EVENTS --ack", false],
  [{ sealed: true }, "sealed = true: ", restoredWith('"sealed": false'), false],
  [
    { subjects: [SUBJECT, "person.other.>"] },
    'subjects = ["person.events.>","person.other.>"]: ',
    "set STREAM_NAME and SUBJECT_PREFIX to a stream and a prefix that belong together",
    false,
  ],
  [
    { subjects: ["person.events.*.created"] },
    'subjects = ["person.events.*.created"]: ',
    "set STREAM_NAME and SUBJECT_PREFIX to a stream and a prefix that belong together",
    false,
  ],
];

for (const [config, named, mend, canBeAllowed] of LOSSY) {
  const outcome = canBeAllowed === false ? "refused all the same" : "opened with a warning";
  Deno.test(`Stream: given ${JSON.stringify(config)}, when opened, then it is refused; when unsafe ones are allowed, then it is ${outcome}`, async () => {
    await using server = await TestNatsServer.start();
    const nc = await connect({ servers: server.url.replace("nats://", "") });
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const open = async (allowUnsafeStream: boolean) => {
      const settings = { ...defaultStreamSettings, allowUnsafeStream };
      return await applyStreamPlan(jsm, await planStream(nc, jsm, settings));
    };
    await makeStream(nc, "SOURCE", { subjects: ["source"] });
    await makeStream(nc, "PERSON_EVENTS", { subjects: [SUBJECT], discard: "new", ...config });

    const { message } = await assertRejects(() => open(false), StartupRefused);
    const lines: string[] = message.split("\n");
    const place = lines.findIndex((line) => line.startsWith(`  ${named}`));
    assertEquals(lines[place + 1], `    mend it: ${mend}`, message);

    const log = new CapturedLog();
    if (canBeAllowed === false) {
      const refusal = await assertRejects(() => open(true), StartupRefused);
      assertEquals(refusal.message.includes(named), true);
      assertEquals(message.includes("ALLOW_UNSAFE_STREAM"), false);
    } else {
      assertEquals(message.includes("ALLOW_UNSAFE_STREAM=true"), true);
      await open(true);
      await log.waitFor("Unsafe stream PERSON_EVENTS");
    }
    await nc.close();
  });
}
