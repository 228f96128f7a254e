/**
 * What the stream takes from a process that does nothing but publish, with the same headers as the service: each line
 * of standard input asks for a round, each line of standard output tells what it came to.
 *
 * Usage: raw_publish.ts HOST:PORT[,HOST:PORT...]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- tells the benchmark what it measured
import { connect } from "@nats-io/transport-node";
import { TextLineStream } from "../text_lines.ts";
import { type Round, roundOf } from "../load/latencies.ts";
import { ownPerson } from "../load/shapes.ts";
import { RawRound } from "./raw_round.ts";
import { EventPublisher } from "./event_publisher.ts";

const servers = (Deno.args[0] ?? "").split(",");
const publisher = new EventPublisher(
  await connect({ servers, noAsyncTraces: true }),
  { stream: "RAW", prefix: "raw" },
);
let stored = 0;

async function measure({ persons, inFlight, durationMs }: RawRound): Promise<Round> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  // A person's events are published one after the other, for each names the one before it.
  const workers = persons === 0 ? inFlight : Math.min(inFlight, persons);
  await Promise.all(Array.from({ length: workers }, async (_, worker) => {
    for (let count = 0, sentMs = startMs; sentMs < endMs; count++) {
      const id = persons === 0
        ? crypto.randomUUID()
        : `${persons}-${ownPerson(persons, workers, worker, count)}`;
      await publisher.store(id, `raw-${stored++}`);
      const nowMs = performance.now();
      latenciesMs.push(nowMs - sentMs);
      sentMs = nowMs;
    }
  }));
  return roundOf(latenciesMs, performance.now() - startMs);
}

console.log("ready");
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const line of lines) {
  console.log(JSON.stringify(await measure(RawRound.parse(JSON.parse(line)))));
}
