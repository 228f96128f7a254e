/**
 * How the commands of operators and callers find the server that `deno task dev` runs in the same checkout.
 *
 * @module
 */

/** Holds the address of the running server. A compiled binary has no checkout to look for it. */
export const DEV_URL_FILE: URL = new URL("../../.dev/nats-url", import.meta.url);

/** The environment, with the address of the running server unless it names one of its own. */
export async function withDevServer(
  env: Record<string, string | undefined>,
): Promise<Record<string, string | undefined>> {
  if (env["NATS_URL"] || Deno.build.standalone) return env;
  try {
    return { ...env, NATS_URL: (await Deno.readTextFile(DEV_URL_FILE)).trim() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return env;
    throw error;
  }
}
