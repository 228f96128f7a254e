import { assertEquals } from "@std/assert";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { examinationOf } from "../../src/cli/doctor/examination.ts";
import { type Finding, judgedStrictly } from "../../src/cli/doctor/finding.ts";
import { checkHistories, type HistoriesOptions } from "../../src/cli/doctor/histories.ts";
import { checkReplicas } from "../../src/cli/doctor/replicas.ts";
import { checkTrialStream } from "../../src/cli/doctor/trial_stream.ts";
import { load } from "../support/config.ts";
import { streamsAt } from "../support/doctor.ts";
import { personDeactivated, personUpdated, publishEvent } from "../support/foreign_events.ts";
import { TestNatsCluster } from "../support/nats_cluster.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { until } from "../support/until.ts";

const CREATED = { source: "test", created_at: "2024-01-01T00:00:00Z" };

Deno.test("checkHistories: given more persons than fit one pass, when read in several, then each event counts once", async () => {
  await using server = await TestNatsServer.start();
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  const jsm = await eventsStream(nc);
  const personIds = Array.from({ length: 50 }, () => crypto.randomUUID());
  for (const personId of personIds) await create(nc, personId);
  for (const personId of personIds) {
    await publishEvent(nc, personId, "updated", personUpdated(personId, 2, "Grace"));
  }
  const [damaged = "", alsoDamaged = ""] = personIds;
  await publishEvent(nc, damaged, "deactivated", personDeactivated(damaged, 9));
  await publishEvent(nc, alsoDamaged, "updated", "not JSON");
  const done: number[] = [];
  for (const personsAPass of [1_000, 20, 1]) {
    done.length = 0;
    const onProgress = (part: number) => done.push(part);
    const finding = await histories(nc, jsm, { onProgress, personsAPass });
    assertEquals(finding.status, "failed");
    assertEquals(
      finding.found.replace(/\(.*/, ""),
      "102 events of 50 persons, damaged: 2 ",
      `${personsAPass} a pass`,
    );
    assertEquals([done, done.at(-1)], [done.toSorted((a, b) => a - b), 1]);
  }
  await nc.close();
});

Deno.test("checkHistories: given many damaged persons, then ten are named and the others counted", async () => {
  await using server = await TestNatsServer.start();
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  const jsm = await eventsStream(nc);
  for (let n = 0; n < 13; n++) await publishEvent(nc, crypto.randomUUID(), "created", "{");
  const { found } = await histories(nc, jsm);
  assertEquals(found.match(/can't be read/g)?.length, 10);
  assertEquals(found.endsWith("; and 3 more)"), true, found);
  await nc.close();
});

Deno.test("checkHistories: given a history that does not begin with a creation, or messages of nobody's, then it says so", async () => {
  await using server = await TestNatsServer.start();
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  const jsm = await eventsStream(nc);
  await create(nc, crypto.randomUUID());
  await publishEvent(nc, "somebody", "created", {});
  await publishEvent(nc, crypto.randomUUID().toUpperCase(), "created", {});
  assertEquals(
    (await histories(nc, jsm)).found,
    [
      "3 events of 1 persons, all whole; 2 messages are no person's events",
    ].join(),
  );
  const unborn = crypto.randomUUID();
  await publishEvent(nc, unborn, "updated", personUpdated(unborn, 1, "Ada"));
  assertEquals(
    (await histories(nc, jsm)).found,
    `4 events of 2 persons, damaged: 1 (person ${unborn} at 4: the history begins with PersonUpdated)`,
  );
  await nc.close();
});

Deno.test("checkHistories: given more events than can be read in time, then it stops, and tells what it looked at", async () => {
  await using server = await TestNatsServer.start();
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  const jsm = await eventsStream(nc);
  await Promise.all(Array.from({ length: 2_500 }, () => create(nc, crypto.randomUUID())));
  const finding = await histories(nc, jsm, { timeLimitMs: 0 });
  assertEquals(
    [finding.status, finding.found],
    ["ok", "stopped after 0 s, at 1000 of 2500 events, of 1000 persons, all whole"],
  );
  assertEquals(judgedStrictly(finding).status, "warning");
  await nc.close();
});

Deno.test("checkHistories: given messages on other subjects, then they are no person's events", async () => {
  await using server = await TestNatsServer.start();
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  const jsm = await eventsStream(nc);
  await create(nc, crypto.randomUUID());
  await jsm.streams.update("PERSON_EVENTS", { subjects: ["person.events.>", "other.>"] });
  await nc.request(`other.${crypto.randomUUID()}.created`, "");
  assertEquals(
    (await histories(nc, jsm)).found,
    "2 events of 1 persons, all whole; 1 messages are no person's events",
  );
  await nc.close();
});

Deno.test("checkTrialStream: given the connection is lost while the stream is there, then the stream is removed on another", async () => {
  await using server = await TestNatsServer.start();
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  {
    await using cleanUp = new AsyncDisposableStack();
    const examination = await examinationOf(nc, load({ NATS_URL: server.url }), cleanUp);
    for await (const { check, status } of checkTrialStream(examination)) {
      assertEquals([check, status], ["stream creation", "ok"]);
      assertEquals((await streamsIn(server)).length, 1);
      break;
    }
    await nc.close();
  }
  assertEquals(await streamsIn(server), []);
});

Deno.test("checkReplicas: given a follower that is down, then it is named; given too few copies, or a single one, then that too", async () => {
  await using cluster = await TestNatsCluster.start();
  const nc = await connect({
    servers: cluster.urls.split(",").map((url) => url.replace("nats://", "")),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  });
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: "PERSON_EVENTS", subjects: ["person.events.>"], num_replicas: 3 });
  const replicas = async (wanted: number) => [
    ...checkReplicas("stream", await jsm.streams.info("PERSON_EVENTS"), wanted),
  ];
  const leader = (await cluster.leaderOf("PERSON_EVENTS")).name;
  await until("all copies are there", async () => {
    const [finding] = await replicas(3);
    return finding?.found === `3, led by ${leader}` && finding.status === "ok";
  });
  assertEquals((await replicas(5)).map(({ status, found }) => `${status}: ${found}`), [
    "warning: 3, not the 5 of STREAM_REPLICAS",
    `ok: 3, led by ${leader}`,
  ]);
  await jsm.streams.add({ name: "ALONE", subjects: ["alone"] });
  const alone = [...checkReplicas("stream", await jsm.streams.info("ALONE"), 1)];
  assertEquals(alone.map(({ status, todo }) => `${status}: ${todo}`), [
    "warning: nats stream edit ALONE --replicas=3, and set STREAM_REPLICAS=3",
  ]);
  const [follower] = await cluster.followersOf("PERSON_EVENTS");
  await follower?.server.kill();
  await until("the follower is missed", async () => {
    const [finding] = await replicas(3);
    return finding?.status === "warning" && finding.found.includes(`; ${follower?.name} `);
  });
  await nc.close();
});

async function streamsIn(server: TestNatsServer): Promise<string[]> {
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  const streams = await streamsAt(nc);
  await nc.close();
  return Object.keys(streams);
}

async function eventsStream(nc: NatsConnection): Promise<JetStreamManager> {
  const jsm = await jetstreamManager(nc);
  const subjects = ["person.events.>"];
  await jsm.streams.add({ name: "PERSON_EVENTS", subjects, allow_direct: true });
  return jsm;
}

async function histories(
  nc: NatsConnection,
  jsm: JetStreamManager,
  options: Partial<HistoriesOptions> = {},
): Promise<Finding> {
  await using cleanUp = new AsyncDisposableStack();
  const examination = await examinationOf(nc, load({}), cleanUp);
  const stream = await jsm.streams.info("PERSON_EVENTS");
  const unlimited = { onProgress: () => {}, timeLimitMs: Infinity };
  return await checkHistories(examination, stream, { ...unlimited, ...options });
}

async function create(nc: NatsConnection, personId: string): Promise<void> {
  const envelope = personUpdated(personId, 1, "Ada");
  const name = envelope.event["PersonUpdated"]?.["name"];
  const event = { PersonCreated: { person_id: personId, name, ...CREATED } };
  await publishEvent(nc, personId, "created", { ...envelope, event });
}
