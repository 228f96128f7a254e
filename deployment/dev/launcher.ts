/**
 * Notices that whoever started `deno task dev` has gone.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 500;

/** Whether it was started by npx: then between npm and `deno task` there is a shell of npm's. */
export const IS_BY_NPX: boolean = Deno.env.get("npm_command") === "exec";

/**
 * Resolves when `deno task`, or the shell that npx started it in, has ended without passing on a
 * signal: that shell never does, and nobody does when killed.
 */
export async function launcherGone(): Promise<void> {
  const launchers = await ancestors();
  while (await ancestors() === launchers) await delay(POLL_MS);
}

async function ancestors(): Promise<string> {
  const parent = Deno.ppid;
  if (!IS_BY_NPX || Deno.build.os !== "linux") return `${parent}`;
  const status = await Deno.readTextFile(`/proc/${parent}/status`).catch(() => "");
  return `${parent} ${status.match(/^PPid:\s*(\d+)$/m)?.[1]}`;
}
