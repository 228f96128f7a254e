/** What an operator's command says when JetStream fails it. */
import { assertEquals, assertRejects } from "@std/assert";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { Unanswered } from "../../src/cli/connect_once.ts";
import { withJetStream } from "../../src/cli/with_jetstream.ts";
import { loadConfig } from "../../src/config.ts";
import { personService } from "../support/command_line.ts";
import { TestNatsServer } from "../support/nats_server.ts";

Deno.test("An operator's command: given no JetStream, when it is run, then it says where to turn it on", async () => {
  await using server = await TestNatsServer.start({ config: "jetstream: false" });
  const stderr =
    `There is no JetStream at 127.0.0.1:${server.port}: turn it on in the server's configuration, and for the account; in a cluster, it may also lack a leader just now`;
  for (const args of [["dlq", "list", "--json"], ["setup"]]) {
    const outcome = await personService(args, { NATS_URL: server.url });
    assertEquals(outcome, { status: 2, stdout: "", stderr });
  }
});

Deno.test("An operator's command: given JetStream, when that refuses a request, then its reason is told with the code", async () => {
  await using server = await TestNatsServer.start();
  assertEquals(
    await messageOf(server, (_, jsm) => jsm.streams.delete("NONE")),
    `JetStream at 127.0.0.1:${server.port} does not do it: stream not found (error 10059)`,
  );
});

Deno.test("An operator's command: given a connection that is lost, when it asks, then it says that no answer came, and why", async () => {
  await using server = await TestNatsServer.start();
  const work = async (nc: NatsConnection, jsm: JetStreamManager) => {
    await nc.close();
    await jsm.streams.info("PERSON_EVENTS");
  };
  assertEquals(
    await messageOf(server, work),
    `JetStream at 127.0.0.1:${server.port} gives no answer: closed connection`,
  );
});

async function messageOf(
  { url }: TestNatsServer,
  work: (nc: NatsConnection, jsm: JetStreamManager) => Promise<unknown>,
): Promise<string> {
  const config = loadConfig({ NATS_URL: url });
  return (await assertRejects(() => withJetStream(config, "test", work), Unanswered)).message;
}
