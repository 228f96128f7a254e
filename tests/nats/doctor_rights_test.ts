import { assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { examinationOf } from "../../src/cli/doctor/examination.ts";
import { checkRights } from "../../src/cli/doctor/rights.ts";
import { load } from "../support/config.ts";
import { streamsAt } from "../support/doctor.ts";
import { personUpdated, publishEvent } from "../support/foreign_events.ts";
import { TestNatsServer } from "../support/nats_server.ts";

const STREAM = "$JS.API.STREAM";

/** What a login may publish, and what is said about it. */
const LOGINS: [publish: string, said: string][] = [
  [`">"`, "warning: DELETE, UPDATE, PURGE, MSG.DELETE, and may write events, too"],
  [
    `{ allow: ">", deny: "person.events.>" }`,
    "ok: DELETE, UPDATE, PURGE, MSG.DELETE, but not write events",
  ],
  // The server does not tell these about themselves.
  [`{ allow: ">", deny: "$SYS.>" }`, "warning: DELETE, UPDATE, PURGE, MSG.DELETE"],
  [`["person.events.>", "${STREAM}.PURGE.PERSON_EVENTS"]`, "warning: PURGE"],
  // Of others' streams nothing is said.
  [`["person.events.>", "${STREAM}.DELETE.OTHER"]`, "ok: none"],
  [
    `["${STREAM}.*.PERSON_EVENTS", "$SYS.REQ.USER.INFO"]`,
    "ok: DELETE, UPDATE, PURGE, but not write events",
  ],
  [
    `["${STREAM}.*.*.PERSON_EVENTS", "$SYS.REQ.USER.INFO", "person.*.*.created"]`,
    "warning: MSG.DELETE, and may write events, too",
  ],
];

Deno.test("checkRights: given logins of more and less rights, then each is told what it may, and nothing is done to the stream", async () => {
  const users = LOGINS.map(([publish], index) =>
    `{ user: "${index}", password: "secret", permissions: { publish: ${publish} } }`
  );
  await using server = await TestNatsServer.start({
    config: `authorization { users: [
      { user: "operator", password: "secret" }
      ${users.join("\n")}
    ] }`,
  });
  const operator = await login(server, "operator");
  const jsm = await jetstreamManager(operator);
  await jsm.streams.add({ name: "PERSON_EVENTS", subjects: ["person.events.>"] });
  for (const version of [1, 2, 3]) {
    const id = crypto.randomUUID();
    await publishEvent(operator, id, "updated", personUpdated(id, version, "Ada"));
  }
  const before = [await streamsAt(operator), (await jsm.streams.info("PERSON_EVENTS")).config];
  for (const [index, [publish, said]] of LOGINS.entries()) {
    const nc = await login(server, String(index));
    assertEquals(await rightsOf(nc), said, publish);
    await nc.close();
  }
  const after = [await streamsAt(operator), (await jsm.streams.info("PERSON_EVENTS")).config];
  assertEquals(after, before);
  await operator.close();
});

async function login(server: TestNatsServer, user: string): Promise<NatsConnection> {
  const servers = server.url.replace("nats://", "");
  return await connect({ servers, user, pass: "secret", noAsyncTraces: true });
}

async function rightsOf(nc: NatsConnection): Promise<string> {
  await using cleanUp = new AsyncDisposableStack();
  const { status, found } = await checkRights(
    await examinationOf(nc, load({}), cleanUp),
    "PERSON_EVENTS",
  );
  const short = found.replace("this login may delete or change the stream ", "")
    .replace("this login can't delete or change the stream", "none")
    .replace(": as an operator's may", "")
    .replaceAll(/STREAM\.|[()]/g, "");
  return `${status}: ${short}`;
}
