/** Prefixes within the subjects of another service. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { assertEquals, assertRejects } from "@std/assert";
import {
  applyDurableStreamPlan,
  planDurableStreams,
} from "../../src/nats/inbox/durable_streams.ts";
import { StartupRefused } from "../../src/nats/startup_refused.ts";
import { applyStreamPlan, planStream } from "../../src/nats/stream.ts";
import { diagnose, found } from "../support/doctor.ts";
import { defaultStreamSettings } from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";

Deno.test("Stream: given a service with a prefix, when another's lies within its subjects, then that one is refused, and told by the doctor", async () => {
  await using server = await TestNatsServer.start();
  const open = opener(server);
  await open("person.hr", "PEOPLE");
  const nested = ["commands", "events", "inbox", "outcomes", "dlq", "commands.x", "dlq.events.y"];
  for (const rest of nested) {
    const { message } = await assertRejects(
      () => open(`person.hr.${rest}`, "NESTED"),
      StartupRefused,
    );
    assertEquals(
      message,
      `SUBJECT_PREFIX "person.hr.${rest}" lies within the subjects of the service with the prefix "person.hr", whose events are in stream "PEOPLE": each would take what is the other's. Set another SUBJECT_PREFIX`,
    );
  }
  const diagnosis = await diagnose({
    NATS_URL: server.url,
    SUBJECT_PREFIX: "person.hr.commands",
    STREAM_NAME: "NESTED",
  }, ["--quick"]);
  assertEquals(found(diagnosis, "commands"), [
    'failed: "person.hr.commands" lies within the subjects of the service with the prefix "person.hr", whose events are in stream "PEOPLE"',
  ]);
});

Deno.test("Stream: given a service, when another's starts with a prefix around it, then that one is refused, and told by the doctor, and the first starts again", async () => {
  for (const tree of ["inbox", "outcomes", "dlq"]) {
    await using server = await TestNatsServer.start();
    const open = opener(server);
    const nested = `hr.${tree}`;
    await open(nested, "NESTED");
    const flaw =
      '"hr" has subjects of stream "NESTED" among its own: "hr.inbox.>", "hr.outcomes.>" and "hr.dlq.>" are for streams named after that of its events, "PEOPLE_INBOX" for one';
    const { message } = await assertRejects(() => open("hr", "PEOPLE"), StartupRefused);
    assertEquals(
      message,
      `SUBJECT_PREFIX ${flaw}: each would take what is the other's. Set another SUBJECT_PREFIX`,
    );
    const settings = { NATS_URL: server.url, SUBJECT_PREFIX: "hr", STREAM_NAME: "PEOPLE" };
    const diagnosis = await diagnose(settings, ["--quick"]);
    assertEquals(found(diagnosis, "commands"), [`failed: ${flaw}`]);
    assertEquals(await open(nested, "NESTED"), "NESTED");
  }
});

Deno.test("Stream: given streams for durable commands, when the service starts again, also by default on a stream that it adopts, then it is served", async () => {
  await using server = await TestNatsServer.start();
  const open = opener(server);
  await open("hr", "PEOPLE");
  await using nc = await connect({ servers: server.url });
  const jsm = await jetstreamManager(nc);
  const settings = { ...defaultStreamSettings, subjectPrefix: "hr" };
  await applyDurableStreamPlan(jsm, await planDurableStreams(jsm, "PEOPLE", settings));
  assertEquals(await open("hr", "PEOPLE"), "PEOPLE");
  const adopting = { ...settings, streamName: "PERSON_EVENTS", streamNameIsDefault: true };
  const plan = await planStream(nc, jsm, adopting);
  assertEquals((await applyStreamPlan(jsm, plan)).name, "PEOPLE");
});

Deno.test("Stream: given a prefix with the name of subjects, when nobody has the prefix before it, then it is served, at each start", async () => {
  await using server = await TestNatsServer.start();
  const open = opener(server);
  await open("person", "PEOPLE");
  for (
    const prefix of ["hr.events", "hr.x.commands", "events", "person.staging", "person.x.events"]
  ) {
    const name = prefix.toUpperCase().replaceAll(".", "_");
    await open(prefix, name);
    assertEquals(await open(prefix, name), name);
  }
});

/** Opens the stream of a service with this prefix, as its start does, and resolves to its name. */
function opener(server: TestNatsServer): (prefix: string, streamName: string) => Promise<string> {
  return async (subjectPrefix, streamName) => {
    await using nc = await connect({ servers: server.url });
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const named = { streamName, streamNameIsDefault: false, subjectPrefix };
    const plan = await planStream(nc, jsm, { ...defaultStreamSettings, ...named });
    return (await applyStreamPlan(jsm, plan)).name;
  };
}
