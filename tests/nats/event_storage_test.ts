import { assertEquals } from "@std/assert";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { openEventStorage } from "../../src/nats/event_storage.ts";
import { createPerson, updateName } from "../support/command_client.ts";
import { CapturedLog } from "../support/captured_log.ts";
import { defaultStreamSettings, systemClock } from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestApplication } from "../support/test_application.ts";
import { until } from "../support/until.ts";
import { remakeStream } from "../support/remake_stream.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";

test("given the stream was made anew, when the connection comes back, then it is told", async ({ nc, jsm, said }) => {
  const { config } = await jsm.streams.info("PERSON_EVENTS");
  await remakeStream(jsm, config);
  await nc.reconnect();
  await until("it is told", () => said.length > 0);
  assertEquals(said, ["remade: it was made anew"]);
});

test("given the stream was restored from a backup, when the connection comes back, then it is told", async ({ server, service, said }) => {
  await service.accept(createPerson(ID));
  await server.stop();
  const backup = await Deno.makeTempDir();
  await copy(`${server.storeDir}/jetstream`, backup);
  await server.restart();
  await service.accept(updateName(ID, "Grace"));
  await server.stop();
  await Deno.remove(`${server.storeDir}/jetstream`, { recursive: true });
  await copy(`${backup}/jetstream`, server.storeDir);
  assertEquals(said, []);
  await server.restart();
  await until("it is told", () => said.length > 0);
  assertEquals(said, ["remade: it ended at 2 and ends at 1"]);
  assertEquals((await service.accept(updateName(ID, "Eva"))).version, 2);
  await Deno.remove(backup, { recursive: true });
});

test("given the stream was made unsafe, when the connection comes back, then the service is told to stop", async ({ nc, jsm, said }) => {
  await jsm.streams.update("PERSON_EVENTS", { max_age: 1e12 });
  await nc.reconnect();
  await until("it is told", () => said.length > 0);
  assertEquals(said.map((each) => each.split("\n")[0]), [
    'refused: Stream "PERSON_EVENTS" is not safe for events:',
  ]);
});

test("given what can be added was taken away, when the connection comes back, then it is added again", async ({ nc, jsm, said }) => {
  await jsm.streams.update("PERSON_EVENTS", { allow_atomic: false });
  await nc.reconnect();
  await until(
    "batches are allowed again",
    async () => (await jsm.streams.info("PERSON_EVENTS")).config.allow_atomic === true,
  );
  assertEquals(said, []);
});

test("given another stream took its place, when the connection comes back, then the service is told to stop", async ({ nc, jsm, said }) => {
  const { config } = await jsm.streams.info("PERSON_EVENTS");
  await jsm.streams.delete("PERSON_EVENTS");
  await jsm.streams.add({ ...config, name: "OTHER" });
  await nc.reconnect();
  await until("it is told", () => said.length > 0);
  assertEquals(said.map((each) => each.split(",")[0]), [
    'refused: Stream "OTHER" holds "person.events.>" already',
  ]);
});

test("given the stream is gone, when the connection comes back, then no empty one is made", async ({ nc, jsm, said }) => {
  const log = new CapturedLog();
  await jsm.streams.delete("PERSON_EVENTS");
  await nc.reconnect();
  await log.waitFor("Stream PERSON_EVENTS is gone");
  const names = await jsm.streams.names().next();
  assertEquals([said, names.filter((name) => !name.startsWith("KV_"))], [[], []]);
});

Deno.test("Event storage: given JetStream comes later than the server, when opened, then it is waited for", async () => {
  await using server = await TestNatsServer.start({ config: "jetstream: false" });
  const log = new CapturedLog();
  const nc = await connect({
    servers: server.url.replace("nats://", ""),
    maxReconnectAttempts: -1,
  });
  const said: string[] = [];
  const opening = openEventStorage(nc, defaultStreamSettings, systemClock, tellTo(said));
  await log.waitFor("JetStream gives no answer yet");
  await server.restart("");
  const service = new TestApplication((await opening).events);
  assertEquals((await service.accept(createPerson(ID))).version, 1);
  await nc.close();
});

type Surroundings = {
  server: TestNatsServer;
  nc: NatsConnection;
  jsm: JetStreamManager;
  service: TestApplication;
  /** What was told of the stream. */
  said: string[];
};

function test(sentence: string, run: (surroundings: Surroundings) => Promise<void>): void {
  Deno.test(`Event storage: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    const servers = server.url.replace("nats://", "");
    const nc = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    const operator = await connect({ servers });
    const jsm = await jetstreamManager(operator);
    const said: string[] = [];
    const storage = await openEventStorage(nc, defaultStreamSettings, systemClock, tellTo(said));
    const service = new TestApplication(storage.events, {
      onStored: ({ head }) => storage.saw(head),
      onLoaded: () => {},
    });
    await run({ server, nc, jsm, service, said });
    await operator.close();
    await nc.close();
  });
}

async function copy(from: string, into: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-r", from, into] }).output();
  assertEquals(success, true);
}

function tellTo(said: string[]): Parameters<typeof openEventStorage>[3] {
  return {
    onRemade: (reason) => said.push(`remade: ${reason}`),
    onRefused: ({ message }) => said.push(`refused: ${message}`),
  };
}
