/**
 * Runs `person-service` with arguments, as a user does.
 *
 * @module
 */
import { PROGRAM } from "./program.ts";

/** What a command came to. */
export type Outcome = { status: number; stdout: string; stderr: string };

/**
 * Runs a command to its end with these settings and no others. `NATS_URL` is set to a port where
 * nobody listens unless the settings name one: a running `deno task dev` must not be found.
 */
export async function personService(
  args: string[],
  settings: Record<string, string> = {},
  stdin = "",
): Promise<Outcome> {
  const process = new Deno.Command(PROGRAM.path, {
    args: [...PROGRAM.args, ...args],
    clearEnv: true,
    env: { ...bareEnvironment(), NATS_URL: "127.0.0.1:1", ...settings },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd();
  return { status: code, stdout: text(stdout), stderr: text(stderr) };
}

/** What a program needs to run at all: the developer's own settings are none of the tests' business. */
export function bareEnvironment(): Record<string, string> {
  const { PATH = "", HOME = "", DENO_DIR } = Deno.env.toObject();
  return { PATH, HOME, ...(DENO_DIR && { DENO_DIR }) };
}
