/**
 * What persons take: bytes of the stream on disk, memory of the server, memory of the service. The real service stores
 * five events for each of them; `PERSON_SERVICE_BIN` names an executable to run in place of the sources.
 *
 * Usage: sizing.ts [--persons N] [--cached N]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { parseArgs } from "node:util";
import { jetstreamManager } from "@nats-io/jetstream";
import { eachOf } from "../support/callers.ts";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { EVERY_COMMAND } from "../support/every_command.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";

const IN_FLIGHT = 128;
const MIB = 1024 ** 2;

const { values } = parseArgs({
  options: {
    persons: { type: "string", default: "20000" },
    cached: { type: "string", default: "10000" },
  },
});
const personIds = Array.from({ length: Number(values.persons) }, () => crypto.randomUUID());

await using server = await TestNatsServer.start();
await using client = await CommandClient.connect(server.url);
const settings = { NATS_URL: server.url };
const serverIdle = residentBytes(server.pid);
await storeAll();
await reportStored();
await reportCached();

async function storeAll(): Promise<void> {
  await using service = await TestService.start(settings);
  console.log(`idle: service ${mib(residentBytes(service.pid))}, server ${mib(serverIdle)}`);
  const startMs = performance.now();
  await eachOf(personIds, IN_FLIGHT, async (personId) => {
    await accept(createPerson(personId, "Augusta Ada"));
    await accept(EVERY_COMMAND.SetBirthDate(personId));
    await accept(EVERY_COMMAND.RecordAttribute(personId));
    await accept(EVERY_COMMAND.UpdateAttribute(personId));
    await accept(updateName(personId, "Augusta"));
  });
  console.log(`stored in ${Math.round((performance.now() - startMs) / 1000)} s`);
  console.log(`service: ${mib(residentBytes(service.pid))}, with the default of CACHE_BYTES`);
}

async function reportStored(): Promise<void> {
  const { state } = await (await jetstreamManager(client.nc)).streams.info("PERSON_EVENTS");
  const used = residentBytes(server.pid);
  await server.stop();
  const disk = await diskBytes(`${server.storeDir}/jetstream`);
  const each = (bytes: number) => (bytes / personIds.length).toFixed(0);
  console.log(`${personIds.length} persons, ${state.messages} events`);
  console.log(`stream: ${mib(state.bytes)} before compression, ${each(state.bytes)} B a person`);
  console.log(`disk:   ${mib(disk)}, ${each(disk)} B a person`);
  console.log(`server: ${mib(used)} after all that`);
  const startMs = performance.now();
  await server.restart();
  const startedMs = Math.round(performance.now() - startMs);
  console.log(
    `server: ${mib(residentBytes(server.pid))} after a restart, which took ${startedMs} ms`,
  );
}

/** The memory of a service with room for all of some persons, each loaded by one more command. */
async function reportCached(): Promise<void> {
  await using service = await TestService.start({ ...settings, CACHE_BYTES: "2GiB" });
  const half = Number(values.cached) / 2;
  const used: number[] = [];
  for (const from of [0, half]) {
    const persons = personIds.slice(from, from + half);
    await eachOf(persons, IN_FLIGHT, (personId) => accept(updateName(personId, "Ada")));
    used.push(residentBytes(service.pid));
  }
  const [first = 0, both = 0] = used;
  console.log(`cache:  ${mib(first)} with ${half} persons, ${mib(both)} with ${2 * half}`);
}

async function accept(command: unknown): Promise<void> {
  const { error } = await client.send(command);
  if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
}

function residentBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(status.match(/VmRSS:\s+(\d+)/)?.[1]) * 1024;
}

async function diskBytes(folder: string): Promise<number> {
  const { stdout } = await new Deno.Command("du", { args: ["-s", "-B1", folder] }).output();
  return Number.parseInt(new TextDecoder().decode(stdout));
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
