import { assertEquals, assertRejects } from "@std/assert";
import {
  connect,
  headers,
  type Msg,
  type NatsConnection,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from "@nats-io/transport-node";
import { Link, LinkLost } from "../../src/nats/link.ts";
import { publishRaw } from "../support/publish_raw.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { until } from "../support/until.ts";

test("given it is up, when an answer comes, then it is that answer, or its failure", async ({ link }) => {
  assertEquals(link.isUp, true);
  assertEquals(await link.whileUp(Promise.resolve(7)), 7);
  await assertRejects(() => link.whileUp(Promise.reject(new TypeError("no"))), TypeError, "no");
  await link.waitUntilUp(0);
});

test("given answers are awaited, when it is lost, then all of them fail at once", async ({ link, server }) => {
  const awaited = [1, 2, 3].map(() => link.whileUp(new Promise(() => {})));
  const failures = Promise.all(awaited.map((answer) => assertRejects(() => answer, LinkLost)));
  await server.stop();
  await failures;
  assertEquals(link.isUp, false);
});

test("given it is down, when waited for, then until it is up or the time is over", async ({ link, server }) => {
  await server.stop();
  await until("the link is down", () => !link.isUp);
  const startedMs = performance.now();
  await link.waitUntilUp(200);
  assertEquals([link.isUp, performance.now() - startedMs >= 190], [false, true]);
  const waiting = Promise.all([link.waitUntilUp(30_000), link.waitUntilUp(30_000)]);
  await server.restart();
  await waiting;
  assertEquals([link.isUp, performance.now() - startedMs < 20_000], [true, true]);
  assertEquals(await link.whileUp(Promise.resolve(7)), 7);
});

test("given an answer that came, when it is lost later, then that answer stays", async ({ link, server }) => {
  const answered = link.whileUp(Promise.resolve(7));
  await answered;
  await server.stop();
  await until("the link is down", () => !link.isUp);
  assertEquals(await answered, 7);
});

test("given a connection, when closed on purpose, then what is awaited fails", async ({ link, nc }) => {
  const awaited = assertRejects(() => link.whileUp(new Promise(() => {})), LinkLost);
  await nc.close();
  await awaited;
  assertEquals(link.isUp, false);
});

test("given responders, when asked, then each request gets its own answer", async ({ link, nc }) => {
  nc.subscribe("echo", { callback: (_, message) => void message.respond(message.data) });
  const texts = Array.from({ length: 100 }, (_, n) => `request ${n}`);
  const answers = texts.map((text) => ask(link, "echo", text));
  assertEquals((await Promise.all(answers)).map((answer) => answer.string()), texts);
});

test("given nobody who listens, when asked, then it is told at once", async ({ link }) => {
  const failure = await assertRejects(() => ask(link, "nobody"), RequestError);
  assertEquals(failure instanceof RequestError && failure.isNoResponders(), true);
});

test("given someone who is silent, when asked, then each request ends with its time", async ({ link, nc }) => {
  nc.subscribe("silence");
  const startedMs = performance.now();
  const elapsedMs = await Promise.all([100, 400].map(async (timeoutMs) => {
    await assertRejects(() => ask(link, "silence", "", timeoutMs), TimeoutError);
    return performance.now() - startedMs;
  }));
  assertEquals(elapsedMs.map((ms, index) => ms >= (index === 0 ? 100 : 400)), [true, true]);
  assertEquals((elapsedMs[0] ?? 0) < (elapsedMs[1] ?? 0), true);
});

test("given a request under way, when it is lost, then the request fails at once", async ({ link, nc, server }) => {
  nc.subscribe("silence");
  const failed = assertRejects(() => ask(link, "silence", "", 60_000), LinkLost);
  await nc.flush();
  await server.stop();
  await failed;
});

Deno.test("Link: given a login that may not publish, when it asks, then the request fails with what is forbidden", async () => {
  await using server = await TestNatsServer.start({
    config: `authorization { users: [{
      user: a, password: a, permissions: { publish: { deny: "forbidden" } }
    }] }`,
  });
  const nc = await connect({ servers: server.url.replace("nats://", ""), user: "a", pass: "a" });
  const link = new Link(nc);
  await assertRejects(() => ask(link, "forbidden", "", 60_000), PermissionViolationError);
  await nc.close();
});

Deno.test("Link: given a login that may not hear answers for a while, when it may again, then requests are answered", async () => {
  const config = (subscribe: string) =>
    `authorization { users: [{ user: a, password: a, permissions: { subscribe: ${subscribe} } }] }`;
  await using server = await TestNatsServer.start({ config: config('">"') });
  const servers = server.url.replace("nats://", "");
  const login = { user: "a", pass: "a", maxReconnectAttempts: -1, reconnectTimeWait: 50 };
  const nc = await connect({ servers, ...login });
  nc.subscribe("echo", { callback: (_, message) => void message.respond(message.data) });
  const link = new Link(nc);
  assertEquals((await ask(link, "echo", "one")).string(), "one");
  await server.restart(config('"echo"'));
  await until("the link is up", () => link.isUp);
  await assertRejects(() => ask(link, "echo", "two", 200), TimeoutError);
  await server.restart(config('">"'));
  await until("the link is up", () => link.isUp);
  assertEquals((await ask(link, "echo", "three")).string(), "three");
  await nc.close();
});

test("given an answer whose headers can't be read, when it comes, then the request has it, and the next one its own", async ({ link, nc, server }) => {
  nc.subscribe("odd", {
    callback: (_, { reply = "" }) => void publishRaw(server.url, reply, "", "Bad Key: x\r\n", ""),
  });
  assertEquals((await ask(link, "odd")).data.length, 0);
  nc.subscribe("echo", { callback: (_, message) => void message.respond(message.data) });
  assertEquals((await ask(link, "echo", "next")).string(), "next");
});

function ask(link: Link, subject: string, text = "", timeoutMs = 30_000): Promise<Msg> {
  return link.request(subject, new TextEncoder().encode(text), { headers: headers(), timeoutMs });
}

type Surroundings = { server: TestNatsServer; nc: NatsConnection; link: Link };

function test(sentence: string, run: (surroundings: Surroundings) => Promise<void>): void {
  Deno.test(`Link: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    const servers = server.url.replace("nats://", "");
    const nc = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    await run({ server, nc, link: new Link(nc) });
    await nc.close();
  });
}
