/**
 * The least that any such service must do: receive, publish with the same headers, reply; a person's commands one after
 * the other. It decides nothing and parses nothing.
 *
 * Usage: bare_loop.ts HOST:PORT[,HOST:PORT...]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- tells the benchmark that it is ready
import { connect, type Msg } from "@nats-io/transport-node";
import { EventPublisher } from "./event_publisher.ts";

const servers = (Deno.args[0] ?? "").split(",");
const commands = await connect({ servers, noAsyncTraces: true });
const stream = new EventPublisher(await connect({ servers, noAsyncTraces: true }), {
  stream: "BARE",
  prefix: "bare",
});
/** The last command of each person that has one under way. */
const last = new Map<string, Promise<void>>();

async function answer(message: Msg, id: string): Promise<void> {
  const seq = await stream.store(id, message.headers?.get("Nats-Msg-Id") ?? "");
  message.respond(
    JSON.stringify({ aggregate_id: id, version: 1, events_generated: 1, stream_sequence: seq }),
  );
}

async function take(message: Msg): Promise<void> {
  const id = message.subject.slice("bare.commands.".length);
  const before = last.get(id);
  const handling = before === undefined
    ? answer(message, id)
    : before.then(() => answer(message, id));
  last.set(id, handling);
  await handling;
  if (last.get(id) === handling) last.delete(id);
}

commands.subscribe("bare.commands.>", {
  queue: "bare",
  callback: (_error, message) => void take(message),
});
await commands.flush();
console.log("ready");
