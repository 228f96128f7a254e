/**
 * Commands a second and their latency over 1,000 cached persons, next to a bare loop in the same run that only
 * receives, publishes with the same headers and replies. Prints medians of alternating rounds and their ratios.
 *
 * Usage: commands.ts [--rounds N] [--seconds N]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { parseArgs } from "node:util";
import { jetstreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";
import { measureRound, median, type Round } from "./measure.ts";

const PERSONS = 1_000;
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
  },
});
const rounds = Number(values.rounds);
const durationMs = Number(values.seconds) * 1000;

await using server = await TestNatsServer.start();
const startedMs = performance.now();
await using service = await TestService.start({ NATS_URL: server.url, MAX_IN_FLIGHT: "256" });
const readyMs = performance.now() - startedMs;
const idleMiB = residentMiB(service.pid);
await using client = await CommandClient.connect(server.url);
await using _bare = await startBareLoop();

const ids = Array.from({ length: PERSONS }, () => crypto.randomUUID());
for (const id of ids) await client.send(createPerson(id));
const payloads = ids.map((id) => JSON.stringify(updateName(id, "Augusta")));

console.log(
  `Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, ${PERSONS} persons`,
);
console.log(
  `ready after ${readyMs.toFixed(0)} ms, idle ${idleMiB} MiB; ${rounds} rounds of ${durationMs} ms`,
);
console.log("in flight   service/s    bare/s  ratio   p50 ms (bare)    p99 ms (bare)");
for (const inFlight of [1, 64, 256]) {
  const measured: { service: Round; bare: Round }[] = [];
  for (let round = 0; round < rounds; round++) {
    measured.push({
      service: await measureRound(inFlight, durationMs, requestOn("person", inFlight)),
      bare: await measureRound(inFlight, durationMs, requestOn("bare", inFlight)),
    });
  }
  printRow(inFlight, measured);
}
console.log(`under load ${residentMiB(service.pid)} MiB`);

/** Each worker has persons of its own, so that no two requests meet on one. */
function requestOn(prefix: "person" | "bare", inFlight: number) {
  return async (worker: number, count: number) => {
    const person = (worker + count * inFlight) % PERSONS;
    const fields = headers();
    fields.set("Nats-Msg-Id", crypto.randomUUID());
    const reply = await client.nc.request(`${prefix}.commands.${ids[person]}`, payloads[person], {
      headers: fields,
      timeout: 30_000,
    });
    if (reply.headers?.has("Nats-Service-Error")) throw new Error(reply.string());
  };
}

function printRow(inFlight: number, measured: { service: Round; bare: Round }[]): void {
  const of = (who: "service" | "bare", figure: keyof Round) =>
    median(measured.map((round) => round[who][figure]));
  const ratio = median(measured.map((round) => round.service.perSecond / round.bare.perSecond));
  console.log([
    String(inFlight).padStart(9),
    of("service", "perSecond").toFixed(0).padStart(11),
    of("bare", "perSecond").toFixed(0).padStart(9),
    ratio.toFixed(2).padStart(6),
    `${of("service", "p50Ms").toFixed(2)} (${of("bare", "p50Ms").toFixed(2)})`.padStart(15),
    `${of("service", "p99Ms").toFixed(2)} (${of("bare", "p99Ms").toFixed(2)})`.padStart(16),
  ].join(" "));
}

async function startBareLoop(): Promise<AsyncDisposable> {
  const jsm = await jetstreamManager(client.nc);
  await jsm.streams.add({ name: "BARE", subjects: ["bare.events.>"] });
  const loop = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      new URL("bare_loop.ts", import.meta.url).pathname,
      `127.0.0.1:${server.port}`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = loop.stdout.getReader();
  await output.read();
  return {
    async [Symbol.asyncDispose]() {
      loop.kill("SIGKILL");
      await output.cancel();
      await loop.status;
    },
  };
}

function residentMiB(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Math.round(Number(status.match(/VmRSS:\s+(\d+)/)?.[1]) / 1024);
}
