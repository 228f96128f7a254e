/** Prefixes within the subjects of another service. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { assertEquals, assertRejects } from "@std/assert";
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
