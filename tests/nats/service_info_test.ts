import { assertEquals } from "@std/assert";
import { assertThat } from "../support/assert_that.ts";
import { CommandClient, createPerson } from "../support/command_client.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";
import { readEvents } from "../support/stream_messages.ts";

type ServiceAnswer = { type: string; name: string; id: string; endpoints?: unknown[] };

Deno.test("Services protocol: given an instance, when asked by any of its names, then it tells of itself", async () => {
  await using server = await TestNatsServer.start();
  await using _service = await TestService.start({ NATS_URL: server.url });
  await using client = await CommandClient.connect(server.url);
  const ask = async (subject: string) => (await client.nc.request(subject)).json<ServiceAnswer>();

  const ping = await ask("$SRV.PING");
  assertEquals([ping.type, ping.name], ["io.nats.micro.v1.ping_response", "person-service"]);
  assertEquals((await ask("$SRV.PING.person-service")).id, ping.id);
  const info = await ask(`$SRV.INFO.person-service.${ping.id}`);
  assertEquals(info.endpoints, [{
    name: "commands",
    subject: "person.commands.>",
    queue_group: "person-service",
    metadata: {},
  }]);
});

Deno.test("Services protocol: given commands, when asked for its counts, then accepted and refused ones are in them", async () => {
  await using server = await TestNatsServer.start();
  await using _service = await TestService.start({ NATS_URL: server.url });
  await using client = await CommandClient.connect(server.url);
  await client.send(createPerson(crypto.randomUUID()));
  await client.send("nonsense");
  const stats = (await client.nc.request("$SRV.STATS.person-service")).json<{
    endpoints: { num_requests: number; num_errors: number; last_error: string }[];
  }>();
  const [endpoint] = stats.endpoints;
  assertEquals([endpoint?.num_requests, endpoint?.num_errors], [2, 1]);
  assertThat(endpoint?.last_error.startsWith("ParseError:"));
});

Deno.test("Services protocol: given a reply subject among the events, when asked, then no event is made of the answer", async () => {
  await using server = await TestNatsServer.start();
  await using _service = await TestService.start({ NATS_URL: server.url });
  await using client = await CommandClient.connect(server.url);
  const personId = crypto.randomUUID();
  client.nc.publish("$SRV.PING", "", { reply: `person.events.${personId}.created` });
  assertEquals((await client.send(createPerson(personId))).version, 1);
  assertEquals((await readEvents(client.nc)).length, 1);
});
