import { assertEquals, assertGreater } from "@std/assert";
import { freePort } from "../support/nats_server.ts";
import { NotifySocket } from "../support/notify_socket.ts";
import { TestService } from "../support/service_process.ts";
import { TestSystem } from "../support/test_system.ts";
import { until } from "../support/until.ts";

const WATCHDOG = { WATCHDOG_USEC: "200000" };

Deno.test("systemd is told when the service looks for NATS, serves, reloads and stops, in this order", async () => {
  using systemd = NotifySocket.open();
  await using system = await TestSystem.start();
  const service = await system.startService(systemd.environment);
  await until("it is ready", () => systemd.messages.length === 2);
  service.hangUp();
  await service.logged(/Log level is debug now/);
  await until("it has reloaded", () => systemd.messages.length === 4);
  assertEquals((await service.stop()).code, 0);
  assertEquals(service.log.match(/Log level is \w+ now/g), ["Log level is debug now"]);
  await until("it stops", () => systemd.messages.length === 5);
  const server = `127.0.0.1:${system.nats.port}`;
  const serving =
    `READY=1\nSTATUS=Serving person.commands.> with stream PERSON_EVENTS, NATS at ${server}`;
  assertEquals(systemd.messages, [
    `STATUS=Waiting for NATS at ${server}`,
    serving,
    "RELOADING=1",
    serving,
    "STOPPING=1\nSTATUS=Stopping: answering the commands taken so far",
  ]);
});

Deno.test("systemd's status line follows NATS going away and coming back", async () => {
  using systemd = NotifySocket.open();
  await using system = await TestSystem.start();
  await system.startService(systemd.environment);
  await systemd.received(/^READY=1\nSTATUS=Serving /);
  await system.nats.stop();
  await systemd.received(/^STATUS=Waiting for NATS at /);
  await system.nats.restart();
  await systemd.received(/^STATUS=Serving /);
});

Deno.test("without NATS the service is ready after 10 s, and a reload before that says nothing of it", async () => {
  using systemd = NotifySocket.open();
  const address = `127.0.0.1:${freePort()}`;
  await using service = await TestService.start(
    { ...systemd.environment, NATS_URL: address },
    { waitUntilServing: false },
  );
  await service.logged(/Cannot connect to NATS/);
  service.hangUp();
  await service.logged(/Log level is debug now/);
  await service.logged(/gives no answer yet/);
  await until("it is ready", () => systemd.messages.length === 2);
  const waiting = `STATUS=Waiting for NATS at ${address}`;
  assertEquals(systemd.messages, [waiting, `READY=1\n${waiting}`]);
});

Deno.test("the watchdog is told that all is well while the event loop turns, and no longer", async () => {
  using systemd = NotifySocket.open();
  await using system = await TestSystem.start();
  // Before the service starts, for its first pings can wait to be read.
  const started = performance.now();
  const service = await system.startService({ ...systemd.environment, ...WATCHDOG });
  await until("there were twenty pings", () => systemd.pings >= 20);
  assertGreater(performance.now() - started, 1_800); // every 100 ms
  service.freeze();
  await new Promise((resolve) => setTimeout(resolve, 500)); // for what was on its way
  const frozenAt = systemd.pings;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assertEquals(systemd.pings, frozenAt);
});

Deno.test("a watchdog that is meant for another process is left alone", async () => {
  using systemd = NotifySocket.open();
  await using system = await TestSystem.start();
  await system.startService({ ...systemd.environment, ...WATCHDOG, WATCHDOG_PID: "1" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals(systemd.pings, 0);
});

Deno.test("a systemd that can't be reached is logged, and the service serves", async () => {
  await using system = await TestSystem.start();
  const service = await system.startService({ NOTIFY_SOCKET: "/nowhere/notify" });
  await service.logged(/systemd could not be notified of \["READY=1",/);
});
