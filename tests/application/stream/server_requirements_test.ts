import { assertEquals, assertThrows } from "@std/assert";
import type { NatsConnection } from "@nats-io/transport-node";
import { refuseServer } from "../../../src/nats/server_requirements.ts";
import { StartupRefused } from "../../../src/nats/startup_refused.ts";

type ServerInfo = NonNullable<NatsConnection["info"]>;

const INFO: ServerInfo = {
  server_id: "NA",
  server_name: "n1",
  version: "2.15.1",
  proto: 1,
  go: "go1.24",
  host: "0.0.0.0",
  port: 4222,
  headers: true,
  max_payload: 1024 * 1024,
  client_id: 1,
  jetstream: true,
};

Deno.test("refuseServer: given a server that checks heads and stores batches, then it is accepted", () => {
  for (const version of ["2.12.0", "2.12.0-RC.1", "2.15.1", "3.0.0", "10.1.0"]) {
    refuseServer({ ...INFO, version });
  }
  refuseServer(undefined);
});

Deno.test("refuseServer: given an older server, then it is refused by its version", () => {
  for (const version of ["1.4.1", "2.9.10", "2.10.27", "2.11.99", "0.0.1"]) {
    const { message } = assertThrows(() => refuseServer({ ...INFO, version }), StartupRefused);
    assertEquals(
      message,
      `nats-server ${version} is too old: it would lose updates. Needed: 2.12 or newer`,
    );
  }
});

Deno.test("refuseServer: given a server of small messages, then it is told what to set", () => {
  const small = { ...INFO, max_payload: 1024 * 1024 - 1 };
  const { message } = assertThrows(() => refuseServer(small), StartupRefused);
  assertEquals(
    message,
    "The server's max_payload is 1048575 bytes, events need 1048576. Set max_payload: 1MB in its configuration",
  );
});
