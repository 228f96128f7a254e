import { assertEquals } from "@std/assert";
import { streamsBeside } from "../../src/nats/subjects.ts";
import { type Login, NatsWithLogins } from "../support/nats_with_logins.ts";

const EVENTS = "PERSON_EVENTS";
const BUCKET = "KV_PERSON_EVENTS_SNAPSHOTS";
const [INBOX = "", OUTCOMES = "", DEAD_LETTERS = ""] = streamsBeside(EVENTS);
const STREAMS = [EVENTS, BUCKET, INBOX, OUTCOMES, DEAD_LETTERS];
const TAKING_AWAY = ["UPDATE", "PURGE", "DELETE", "RESTORE", "MSG.DELETE", "SNAPSHOT"];

/** What a login may not publish to. */
const FORBIDDEN: Record<Login, string[]> = {
  service: [
    ...STREAMS.flatMap((stream) =>
      [...TAKING_AWAY, "CREATE"].map((verb) => `$JS.API.STREAM.${verb}.${stream}`)
    ),
    "$JS.API.STREAM.LIST",
    `$JS.API.CONSUMER.CREATE.${EVENTS}.x`,
    `$JS.API.CONSUMER.CREATE.${INBOX}.x`,
    `$JS.API.CONSUMER.DELETE.${INBOX}.person-service`,
    `$JS.API.STREAM.MSG.GET.${INBOX}`,
    `$JS.API.STREAM.MSG.GET.${DEAD_LETTERS}`,
    "person.inbox.x",
    "$JS.API.STREAM.CREATE.OTHER",
    "$JS.API.INFO",
    "$KV.OTHER.x",
    "person.commands.x",
    "other.events.x",
    "_INBOX_client.x",
    "$SYS.REQ.USER.INFO",
  ],
  operator: ["person.events.x.created"],
  client: [
    "person.events.x.created",
    "person.commands",
    "other.commands.x",
    ...STREAMS.flatMap((stream) =>
      [...TAKING_AWAY, "CREATE", "INFO", "MSG.GET"].map((verb) =>
        `$JS.API.STREAM.${verb}.${stream}`
      )
    ),
    `$JS.API.DIRECT.GET.${EVENTS}`,
    `$JS.API.CONSUMER.CREATE.${EVENTS}.x`,
    `$JS.API.CONSUMER.CREATE.${INBOX}.x`,
    `$JS.API.CONSUMER.MSG.NEXT.${INBOX}.person-service`,
    `$JS.ACK.${INBOX}.person-service.1.1.1.1.0`,
    "person.outcomes.x",
    "person.dlq.x",
    "$KV.PERSON_EVENTS_SNAPSHOTS.x",
    "$SRV.PING",
    "_INBOX.person-service.x",
    "_INBOX_reader.x",
  ],
  reader: [
    "person.events.x.created",
    "person.commands.x",
    "person.inbox.x",
    ...[...TAKING_AWAY, "INFO"].map((verb) => `$JS.API.STREAM.${verb}.${EVENTS}`),
    `$JS.API.STREAM.MSG.GET.${BUCKET}`,
    ...["CREATE", "DELETE", "INFO", "MSG.NEXT"].flatMap((verb) =>
      ["$JS", "PERSONS"].map((prefix) => `${prefix}.API.CONSUMER.${verb}.${EVENTS}.x`)
    ),
    `$JS.ACK.${EVENTS}.x.1.1.1.1.0`,
    `$JS.API.CONSUMER.CREATE.${BUCKET}.x`,
    "$KV.PERSON_EVENTS_SNAPSHOTS.x",
    "_INBOX.person-service.x",
    "_INBOX_client.x",
  ],
};

/** What a login may not subscribe to. */
const DEAF_TO: Record<Login, string[]> = {
  service: ["person.events.>", "person.>", "_INBOX.>", "_INBOX_client.>", "$JS.>", "$KV.>", ">"],
  operator: [],
  client: ["person.commands.>", "person.>", "_INBOX.>", "_INBOX_reader.>", "$JS.>", "$SRV.>", ">"],
  reader: ["person.events.>", "person.>", "_INBOX.>", "_INBOX_client.>", "$JS.>", "$KV.>", ">"],
};

for (const login of ["service", "operator", "client", "reader"] as const) {
  Deno.test(`Authorization: given the ${login}, when it does what others may, then it is denied`, async () => {
    await using nats = await NatsWithLogins.start();
    const nc = await nats.connect(login);
    for (const subject of FORBIDDEN[login]) nc.publish(subject, "{}");
    for (const subject of DEAF_TO[login]) nc.subscribe(subject, { callback: () => {} });
    await nc.flush();
    const denied = (await nats.violations(login)).map((line) => line.match(/Subject "(.*?)"/)?.[1]);
    assertEquals(denied, [...FORBIDDEN[login], ...DEAF_TO[login]]);
  });
}
