/** A reader of events, under the logins of deployment/nats, when the stream was restored. */
import { assertEquals } from "@std/assert";
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { BackupPlace } from "../support/backup_place.ts";
import { personService } from "../support/command_line.ts";
import { NatsWithLogins } from "../support/nats_with_logins.ts";

const STREAM = "PERSON_EVENTS";

Deno.test("restore: a reader's consumer is gone; one that the operator makes anew goes on right behind the last event that was done", async () => {
  await using nats = await NatsWithLogins.start();
  await using place = await BackupPlace.create();
  const operator = nats.settingsOf("operator");
  assertEquals((await personService(["setup"], operator)).status, 0);
  const jsm = await jetstreamManager(await nats.connect("operator"));
  const service = await nats.connect("service");
  for (const suffix of ["created", "updated", "deactivated"]) {
    await service.request(`person.events.${crypto.randomUUID()}.${suffix}`, "{}");
  }
  const reader = await nats.connect("reader");
  const nextOf = async () => {
    const js = jetstream(reader, { apiPrefix: "PERSONS.API", timeout: 15_000 });
    const message = await (await js.consumers.get(STREAM, "reader")).next({ expires: 15_000 });
    return message === null ? null : { sequence: message.seq, isDone: await message.ackAck() };
  };
  const made = { durable_name: "reader", ack_policy: AckPolicy.Explicit };
  await jsm.consumers.add(STREAM, { ...made, deliver_policy: DeliverPolicy.All });
  assertEquals(await nextOf(), { sequence: 1, isDone: true });

  await place.backUp(operator);
  await jsm.streams.delete(STREAM);
  await place.restore(operator);
  assertEquals((await jsm.streams.info(STREAM)).state.consumer_count, 0);
  const behind = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 2 };
  await jsm.consumers.add(STREAM, { ...made, ...behind });
  assertEquals(await nextOf(), { sequence: 2, isDone: true });
  assertEquals(await nats.violations("reader"), []);
});
