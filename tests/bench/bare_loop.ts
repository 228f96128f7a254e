/**
 * The least that any such service must do: receive, publish with the same headers, reply; a person's commands one after
 * the other. The baseline of the command benchmark; it decides nothing and parses nothing.
 *
 * Usage: bare_loop.ts HOST:PORT
 *
 * @module
 */
// deno-lint-ignore-file no-console -- tells the benchmark that it is ready
import { connect, headers, type Msg } from "@nats-io/transport-node";

const [servers = ""] = Deno.args;
const commands = await connect({ servers, noAsyncTraces: true });
const stream = await connect({ servers, noAsyncTraces: true });
const heads = new Map<string, number>();
/** The last command of each person that has one under way. */
const last = new Map<string, Promise<void>>();
// As long as the event that a rename stores.
const body = new TextEncoder().encode(JSON.stringify({ padding: "x".repeat(730) }));

async function store(id: string, commandId: string): Promise<number> {
  const head = String(heads.get(id) ?? 0);
  const made = headers();
  made.set("Nats-Msg-Id", `${id}/${commandId}`);
  made.set("Nats-Expected-Stream", "BARE");
  made.set("Nats-Expected-Last-Subject-Sequence", head);
  made.set("Nats-Expected-Last-Subject-Sequence-Subject", `bare.events.${id}.>`);
  made.set("Previous-Sequence", head);
  made.set("Command-Hash", "x".repeat(43));
  made.set("Schema-Version", "1");
  made.set("Correlation-Id", commandId);
  const answer = await stream.request(`bare.events.${id}.name_updated`, body, {
    headers: made,
    timeout: 10_000,
  });
  const { seq, error } = answer.json<{ seq: number; error?: unknown }>();
  if (error !== undefined) throw new Error(`Not stored: ${JSON.stringify(error)}`);
  heads.set(id, seq);
  return seq;
}

async function answer(message: Msg, id: string): Promise<void> {
  const seq = await store(id, message.headers?.get("Nats-Msg-Id") ?? "");
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
