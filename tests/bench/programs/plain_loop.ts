/**
 * The bare loop as it is written with the client's `publish` and its defaults: a connection, and expectations as options.
 *
 * Usage: plain_loop.ts HOST:PORT[,HOST:PORT...]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- tells the benchmark that it is ready
import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { EVENT_BODY } from "./event_publisher.ts";
import { serveLoop } from "./serve_loop.ts";

const nc = await connect({ servers: (Deno.args[0] ?? "").split(",") });
const js = jetstream(nc);
const heads = new Map<string, number>();

async function store(id: string, commandId: string): Promise<number> {
  const head = heads.get(id) ?? 0;
  const ofEvent = headers();
  ofEvent.set("Previous-Sequence", String(head));
  ofEvent.set("Command-Hash", "x".repeat(43));
  ofEvent.set("Schema-Version", "1");
  ofEvent.set("Correlation-Id", commandId);
  const { seq } = await js.publish(`plain.events.${id}.name_updated`, EVENT_BODY, {
    headers: ofEvent,
    msgID: `${id}/${commandId}`,
    expect: {
      streamName: "PLAIN",
      lastSubjectSequence: head,
      lastSubjectSequenceSubject: `plain.events.${id}.>`,
    },
    timeout: 10_000,
  });
  heads.set(id, seq);
  return seq;
}

await serveLoop(nc, "plain", store);
console.log("ready");
