import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  JetStreamApiError,
  JetStreamError,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import {
  connect,
  headers,
  type NatsConnection,
  RequestError,
  TimeoutError,
} from "@nats-io/transport-node";
import { getDirect, getFromLeader, readAnswer } from "../../src/nats/get_message.ts";
import { Link } from "../../src/nats/link.ts";
import { TestNatsServer } from "../support/nats_server.ts";

test("getDirect: given a stream, when a sequence is read, then that message, or null", async ({ nc, link, jsm }) => {
  await jsm.streams.add({ name: "S", subjects: ["s.>"], allow_direct: true });
  const header = headers();
  header.set("Previous-Sequence", "17");
  await nc.request("s.1", "one");
  await nc.request("s.2", "two", { headers: header, timeout: 5_000 });
  await nc.request("s.3", "");
  await jsm.streams.deleteMessage("S", 1);

  const second = await getDirect(link, "S", 2, 5_000);
  assertEquals([second?.subject, second?.seq], ["s.2", 2]);
  assertEquals(second?.header?.get("Previous-Sequence"), "17");
  assertEquals(new TextDecoder().decode(second?.data), "two");
  assertEquals((await getDirect(link, "S", 3, 5_000))?.data.length, 0);
  for (const sequence of [0, 1, 4]) assertEquals(await getDirect(link, "S", sequence, 5_000), null);
});

test("getDirect: given a message that was stored with the server's own headers, when read, then they don't count", async ({ nc, link, jsm }) => {
  await jsm.streams.add({ name: "S", subjects: ["s.>"], allow_direct: true });
  const header = headers();
  header.set("Nats-Subject", "other.1");
  header.set("Nats-Sequence", "7");
  await nc.request("s.1", "one", { headers: header, timeout: 5_000 });
  const message = await getDirect(link, "S", 1, 5_000);
  assertEquals([message?.subject, message?.seq], ["s.1", 1]);
});

test("getDirect: given nobody or another who answers, when read, then no message", async ({ nc, link }) => {
  await assertRejects(() => getDirect(link, "NONE", 1, 5_000), RequestError, "no responders");
  nc.subscribe("$JS.API.DIRECT.GET.ODD", { callback: (_, message) => void message.respond("odd") });
  assertEquals(await getDirect(link, "ODD", 1, 5_000), null);
  nc.subscribe("$JS.API.DIRECT.GET.MUTE", { callback: () => {} });
  await assertRejects(() => getDirect(link, "MUTE", 1, 100), TimeoutError);
});

test("getFromLeader: given a stream, when a message is looked for, then it is the one, or null", async ({ nc, link, jsm }) => {
  await jsm.streams.add({ name: "S", subjects: ["s.>"] });
  const header = headers();
  header.set("Previous-Sequence", "17");
  await nc.request("s.1", "one, ünö");
  await nc.request("s.2", "two", { headers: header, timeout: 5_000 });
  await nc.request("s.3", "");

  const first = await getFromLeader(link, "S", { last_by_subj: "s.1" }, 5_000);
  assertEquals([first?.subject, first?.seq, first?.header], ["s.1", 1, undefined]);
  assertEquals(new TextDecoder().decode(first?.data), "one, ünö");
  const ageMs = Date.now() - Date.parse(first?.time ?? "");
  assertEquals(ageMs >= 0 && ageMs < 60_000, true);
  const second = await getFromLeader(link, "S", { seq: 2, next_by_subj: "s.>" }, 5_000);
  assertEquals([second?.seq, second?.header?.get("Previous-Sequence")], [2, "17"]);
  assertEquals((await getFromLeader(link, "S", { seq: 3 }, 5_000))?.data.length, 0);
  assertEquals(await getFromLeader(link, "S", { seq: 4 }, 5_000), null);
  assertEquals(await getFromLeader(link, "S", { last_by_subj: "s.4" }, 5_000), null);
});

test("getFromLeader: given no such stream, or an odd answer, when read, then it says why", async ({ link }) => {
  const reading = getFromLeader(link, "NONE", { seq: 1 }, 5_000);
  await assertRejects(() => reading, JetStreamApiError, "stream not found");
  for (const text of ["odd", "{}", '{"message":{"subject":"s"}}', ""]) {
    assertThrows(() => readAnswer(text), JetStreamError, "not JetStream");
  }
});

type Surroundings = { nc: NatsConnection; link: Link; jsm: JetStreamManager };

/** On a connection to a server of its own. */
function test(sentence: string, run: (surroundings: Surroundings) => Promise<void>): void {
  Deno.test(sentence, async () => {
    await using server = await TestNatsServer.start();
    const nc = await connect({ servers: server.url.replace("nats://", "") });
    await using _closing = { [Symbol.asyncDispose]: () => nc.close() };
    await run({ nc, link: new Link(nc), jsm: await jetstreamManager(nc) });
  });
}
