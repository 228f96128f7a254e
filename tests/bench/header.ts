/**
 * On what was measured.
 *
 * @module
 */
import { cpus, totalmem } from "node:os";
import { z } from "zod";
import { findNatsServer } from "../../deployment/dev/nats_server.ts";

/** On what was measured, and how long. */
export const Header = z.object({
  /** Day, UTC. */
  date: z.string(),
  cpu: z.string(),
  cores: z.number(),
  memoryGiB: z.number(),
  kernel: z.string(),
  deno: z.string(),
  v8: z.string(),
  natsServer: z.string(),
  /** Of each load. */
  rounds: z.number(),
  /** Of each round. */
  seconds: z.number(),
});
/** On what was measured, and how long. */
export type Header = z.output<typeof Header>;

/** Looks at this machine. */
export async function readHeader(
  { rounds, seconds }: { rounds: number; seconds: number },
  natsServer?: string,
): Promise<Header> {
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    natsServer: natsServer ?? (await findNatsServer()).version,
    rounds,
    seconds,
  };
}
