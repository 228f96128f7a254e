/**
 * The least that any such service must do: receive, publish with the same headers, reply; a person's commands one after
 * the other. It decides nothing and parses nothing, and is made for speed: what the client's own publish does beyond the
 * message is left out, as are its traces, and commands and events have a connection each.
 *
 * Usage: bare_loop.ts HOST:PORT[,HOST:PORT...]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- tells the benchmark that it is ready
import { connect } from "@nats-io/transport-node";
import { EventPublisher } from "./event_publisher.ts";
import { serveLoop } from "./serve_loop.ts";

const servers = (Deno.args[0] ?? "").split(",");
const commands = await connect({ servers, noAsyncTraces: true });
const stream = new EventPublisher(await connect({ servers, noAsyncTraces: true }), {
  stream: "BARE",
  prefix: "bare",
});
await serveLoop(commands, "bare", (id, commandId) => stream.store(id, commandId));
console.log("ready");
