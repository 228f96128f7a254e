/**
 * The most that atomic batches can give such a service: it receives, publishes what waits at the same time in one batch,
 * and replies. It decides nothing and parses nothing.
 *
 * Usage: bare_batches.ts HOST:PORT[,HOST:PORT...]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- tells the benchmark that it is ready
import { connect, type Msg } from "@nats-io/transport-node";
import { BatchPublisher } from "./batch_publisher.ts";

const servers = (Deno.args[0] ?? "").split(",");
const commands = await connect({ servers, noAsyncTraces: true });
const nc = await connect({ servers, noAsyncTraces: true });
const publisher = new BatchPublisher(nc, { stream: "BATCHES", prefix: "batches" });

async function take(message: Msg): Promise<void> {
  const id = message.subject.slice("batches.commands.".length);
  const seq = await publisher.store(id, message.headers?.get("Nats-Msg-Id") ?? "");
  message.respond(
    JSON.stringify({ aggregate_id: id, version: 1, events_generated: 1, stream_sequence: seq }),
  );
}

commands.subscribe("batches.commands.>", {
  queue: "batches",
  callback: (_error, message) => void take(message),
});
await commands.flush();
console.log("ready");
