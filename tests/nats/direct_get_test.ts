import { assertEquals, assertRejects } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, RequestError, TimeoutError } from "@nats-io/transport-node";
import { getDirect } from "../../src/nats/direct_get.ts";
import { Link } from "../../src/nats/link.ts";
import { TestNatsServer } from "../support/nats_server.ts";

Deno.test("getDirect: given a stream, when a sequence is read, then that message, or null", async () => {
  await using server = await TestNatsServer.start();
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  await using _closing = { [Symbol.asyncDispose]: () => nc.close() };
  const link = new Link(nc);
  const jsm = await jetstreamManager(nc);
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

Deno.test("getDirect: given nobody or another who answers, when read, then no message", async () => {
  await using server = await TestNatsServer.start();
  const nc = await connect({ servers: server.url.replace("nats://", "") });
  await using _closing = { [Symbol.asyncDispose]: () => nc.close() };
  const link = new Link(nc);
  await assertRejects(() => getDirect(link, "NONE", 1, 5_000), RequestError, "no responders");
  nc.subscribe("$JS.API.DIRECT.GET.ODD", { callback: (_, message) => void message.respond("odd") });
  assertEquals(await getDirect(link, "ODD", 1, 5_000), null);
  nc.subscribe("$JS.API.DIRECT.GET.MUTE", { callback: () => {} });
  await assertRejects(() => getDirect(link, "MUTE", 1, 100), TimeoutError);
});
